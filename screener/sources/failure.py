"""What is said where no upstream gave what was asked for: what became of each, and what to do."""

from collections.abc import Mapping, Sequence

from screener.sources.errors import EmptyError, NotFoundError, SourceError
from screener.sources.trail import Attempt, UnavailableError, tell_time, tell_trail
from screener.sources.upstream import Upstream
from universes import Symbol
from universes.renames import explain_old_code

# so many upstreams that answer for others have to agree that there is no such thing
WITNESSES = 2


def explain_failure(
    asked: str,
    names: Sequence[str],
    symbol: Symbol | None,
    witnesses: Sequence[str],
    trail: Sequence[Attempt],
    upstreams: Mapping[str, Upstream],
) -> SourceError:
    """Return what is to be raised.

    Parameters
    ----------
    asked : str
        What was asked for, in words.
    names : sequence of str
        The upstreams in whose order it is.
    symbol : Symbol or None
        None where no single security was asked for.
    witnesses : sequence of str
        Upstreams that had nothing and answer for others.
    trail : sequence of Attempt
    upstreams : mapping of str to Upstream

    Returns
    -------
    NotFoundError
        Where there are witnesses enough.
    EmptyError
        Where there are some.
    UnavailableError
        Where there are none.
    """
    old_code = explain_old_code(symbol) if symbol else ""
    note = f"; {old_code}" if old_code else ""
    if len(witnesses) == WITNESSES:
        return NotFoundError(
            " and ".join(witnesses),
            f"no {asked}, though both answer for other securities: there is none "
            f"such, or it was not listed or did not trade then{note}",
        )
    if witnesses:
        return EmptyError(
            witnesses[0],
            f"no {asked}, though it answers for other securities; this could not be "
            f"confirmed by a second upstream{tell_trail(trail, leave_out=witnesses[0])}{note}",
        )
    return _explain_unavailable(asked, names, trail, upstreams)


def _explain_unavailable(
    asked: str,
    names: Sequence[str],
    trail: Sequence[Attempt],
    upstreams: Mapping[str, Upstream],
) -> UnavailableError:
    serving = {each.upstream for each in trail if each.outcome != "not_served"}
    waits = [until for name in serving if (until := upstreams[name].open_until) is not None]
    retry_at = min(waits, default=None)
    if retry_at is not None:
        remedy = f"try again after {tell_time(retry_at)}"
    elif all(each.outcome == "not_served" for each in trail):
        remedy = "nobody asked has such securities: import them from files"
    elif all(each.outcome in {"schema_changed", "not_served"} for each in trail):
        remedy = "a newer version of the product may know how"
    else:
        remedy = "try again later"
    return UnavailableError(
        ", ".join(names) or "sources",
        f"no {asked}{tell_trail(trail)}; {remedy}",
        tuple(trail),
        retry_at,
    )
