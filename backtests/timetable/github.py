"""A workflow of GitHub Actions in a checkout of the program."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from backtests.timetable.job import DEFAULT_OUT, Job
from backtests.timetable.target import fill
from backtests.timetable.weektime import WeekTime
from screener.files import replace_file
from universes import InputError, list_reports

_FOLDER = Path(".github") / "workflows"
_STEM = "weekly-report"
_FIRST = "# Written by: screener schedule install --target github (id {})\n"


class Workflows:
    """The workflows of the checkout that a folder is the top of.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def show(self, job: Job, when: WeekTime) -> str:
        """Return the workflow's file."""
        return fill(
            "workflow.yml.j2",
            first=_FIRST.format(job.id),
            id=job.id,
            cron=when.by_clock(ZoneInfo("UTC")).cron,
            when=when,
            command=shlex.join(("screener", *replace(job, deliver=False).command)),
            deliver=job.deliver,
            sending=" ${SCREENER_NOTIFY:+--deliver}" if job.deliver else "",
            out=job.out,
        )

    def tell(self, job: Job, when: WeekTime) -> tuple[str, ...]:
        """Return what `install` does, step by step; it refuses what that refuses."""
        self._refuse_strangers(job)
        return (f"write {self._path(job)}:", self.show(job, when), "leave its commit to you")

    def install(self, job: Job, when: WeekTime) -> None:
        """Write the workflow, in place of an earlier one of the same job.

        Raises
        ------
        InputError
            If the folder is no checkout of the program, or a workflow of another hand has the
            name.
        """
        self._refuse_strangers(job)
        replace_file(self._path(job), self.show(job, when).encode())

    def installed(self) -> tuple[str, ...]:
        """Return the ids of the jobs that have a workflow."""
        return tuple(self._written())

    def tell_removal(self, id_: str) -> tuple[str, ...]:
        """Return what `remove` does, step by step."""
        return (f"remove {self._written()[id_]}", "leave its commit to you")

    def remove(self, id_: str) -> None:
        """Remove a job's workflow."""
        self._written()[id_].unlink()

    def _refuse_strangers(self, job: Job) -> None:
        project = self._root / "pyproject.toml"
        if not (self._root / ".git").exists() or not _is_ours(project):
            raise InputError(
                f"{self._root} is not the top of a checkout of sector-screener",
                "the workflow installs the program from the repository it runs in: fork it, "
                "clone the fork and give the command there",
            )
        path = self._path(job)
        if path.exists() and path not in self._written().values():
            raise InputError(
                f"{path} was not written by screener schedule", "move it away, or rename it"
            )

    def _path(self, job: Job) -> Path:
        # the plain name is the shipped workflow's
        shipped = Job(list_reports()[-1], DEFAULT_OUT, "zh").id
        name = _STEM if job.id == shipped else f"{_STEM}-{job.id}"
        return self._root / _FOLDER / f"{name}.yml"

    def _written(self) -> dict[str, Path]:
        """Return the workflows that were written here, by the ids of their jobs."""
        pattern = re.compile(re.escape(_FIRST).replace(r"\{\}", "([0-9a-f]+)"))
        paths = sorted((self._root / _FOLDER).glob(f"{_STEM}*.yml"))
        found = ((pattern.match(path.read_text("utf-8", "replace")), path) for path in paths)
        return {match[1]: path for match, path in found if match}


def _is_ours(project: Path) -> bool:
    return project.is_file() and 'name = "sector-screener"' in project.read_text("utf-8", "replace")
