"""What the places that start programs at a time have in common."""

from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from backtests.timetable.job import Job
from backtests.timetable.weektime import WeekTime


class Target(Protocol):
    """A place that starts programs at a time.

    It takes jobs as `Job.on_machine` gives them; a workflow, as `Job.in_repository` does.
    """

    def show(self, job: Job, when: WeekTime) -> str:
        """Return the text that has a job run weekly at a time in Beijing."""

    def tell(self, job: Job, when: WeekTime) -> tuple[str, ...]:
        """Return what `install` does, step by step."""

    def install(self, job: Job, when: WeekTime) -> None:
        """Have a job run, in place of an earlier schedule of the same job."""

    def installed(self) -> tuple[str, ...]:
        """Return the ids of the jobs that have been installed."""

    def tell_removal(self, id_: str) -> tuple[str, ...]:
        """Return what `remove` does, step by step."""

    def remove(self, id_: str) -> None:
        """Have a job run no more."""


def fill(template: str, **values: object) -> str:
    """Return a template with its ``[[ values ]]``; braces are the workflow's own."""
    environment = Environment(  # noqa: S701 - no page is made of it; each target quotes its values
        loader=PackageLoader("backtests.timetable"),
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)
