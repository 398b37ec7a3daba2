"""The calls of a ranking, one by one."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backtests.kernel import Rows
from backtests.outcome import Outcome
from backtests.provenance import told
from backtests.ranking.scored import ScoredCalls
from backtests.ranking.targets import Targets
from universes.market import market_of

# rows that are spelled at once
_GROUP = 50_000
_COLUMNS = {
    "source": "text",
    "line": "whole",
    "date": "text",
    "symbol": "text",
    "name": "text",
    "market": "text",
    "sector": "text",
    "rating": "text",
    "grade": "text",
    "stance": "whole",
    "reiterations": "whole",
    "until": "text",
    "closed_on": "text",
    "entry_date": "text",
    "exit_date": "text",
    "return": "number",
    "benchmark": "text",
    "benchmark_return": "number",
    "relative": "number",
    "x": "number",
    "grade_earned": "text",
    "hit": "flag",
    "status": "text",
    "reason_code": "text",
    "about": "text",
    "target": "number",
    "target_at": "flag",
    "target_before": "flag",
    "link": "text",
}


@dataclass(frozen=True, eq=False)
class CallRows(Mapping[str, Sequence[Mapping[str, Any]]]):
    """By source its calls at one horizon, newest first; each is made when it is asked for.

    Attributes
    ----------
    scored : ScoredCalls
    targets : Targets
    names : mapping of str to str
        Of shares, by symbol.
    sectors : sequence of (str or None)
        Of each call, on the day that opened it.
    horizon : int
        Its place among those scored.
    """

    scored: ScoredCalls
    targets: Targets
    names: Mapping[str, str]
    sectors: Sequence[str | None]
    horizon: int

    def __getitem__(self, source: str) -> list[dict[str, Any]]:
        if source not in self.scored.calls.sources:
            raise KeyError(source)
        place = self.scored.calls.sources.index(source)
        first, end = np.searchsorted(self.scored.calls.source, [place, place + 1])
        published = self.scored.asked.published[first:end]
        symbol = self.scored.asked.symbol[first:end]
        order = np.lexsort((symbol, -published.astype(np.int64))) + first
        return list(self.list_rows(order))

    def __iter__(self) -> Iterator[str]:
        return iter(self.scored.calls.sources)

    def __len__(self) -> int:
        return len(self.scored.calls.sources)

    def list_rows(self, calls: Rows) -> Iterator[dict[str, Any]]:
        """Yield some calls as JSON values."""
        scored, h = self.scored, self.horizon
        ratings, found, plan = scored.ratings, scored.found, scored.plan
        reached = self._reached
        for k in calls.tolist():
            rating = int(scored.calls.rating[k])
            symbol = ratings.symbols[ratings.symbol[rating]]
            outcome = Outcome(int(found.outcome[k, h]))
            bands = ratings.scales[ratings.scale[rating]].company
            is_scored = outcome is Outcome.SCORED
            about = plan.entry_day[k] if outcome is Outcome.NO_OPEN else plan.about[k, h]
            at, before = reached.get(k, (None, None))
            yield {
                "line": int(ratings.line[rating]),
                "date": _day(scored.asked.published[k]),
                "symbol": str(symbol),
                "name": self.names.get(str(symbol)),
                "market": market_of(symbol).id,
                "sector": self.sectors[k],
                "rating": ratings.words[ratings.word[rating]],
                "grade": bands[-1 - ratings.band[rating]].grade,
                "stance": int(scored.stance[k]),
                "reiterations": int(scored.calls.reiterations[k]),
                "until": _day(scored.calls.open_until[k]),
                "closed_on": _day(scored.calls.closed_on[k]),
                "entry_date": _day(plan.entry_day[k]),
                "exit_date": _day(plan.exit_day[k, h]),
                "return": told(found.own[k, h]),
                "benchmark": str(scored.benchmarks[scored.asked.benchmark[k]][1]),
                "benchmark_return": told(found.benchmark[k, h]),
                "relative": told(found.relative[k, h]),
                "x": told(scored.x[k, h]),
                "grade_earned": bands[-1 - found.grade[k, h]].grade if is_scored else None,
                "hit": bool(scored.hit[k, h]) if is_scored and scored.stance[k] else None,
                "status": outcome.status,
                "reason_code": "" if is_scored else outcome.name.lower(),
                "about": _day(about),
                "target": told(ratings.target[rating]),
                "target_at": at,
                "target_before": before,
                "link": ratings.links[ratings.link[rating]] or None,
            }

    @cached_property
    def _reached(self) -> dict[int, tuple[bool, bool]]:
        """Whether the target of each call that has one to compare was reached."""
        asked, found = self.targets.at(self.horizon)
        calls = np.flatnonzero(asked)[~found.untold].tolist()
        kept = (each[~found.untold].tolist() for each in (found.reached_at, found.reached_before))
        return {k: (at, before) for k, at, before in zip(calls, *kept, strict=True)}


def spell_parquet(rows: CallRows) -> bytes:
    """Spell all calls, by source, as a Parquet file with the columns of the rows and the source.

    What is not known is null.
    """
    import pyarrow as pa  # noqa: PLC0415 - only where a file is written
    import pyarrow.parquet as pq  # noqa: PLC0415

    calls = rows.scored.calls
    out = io.BytesIO()
    writer = None
    for first in range(0, len(calls), _GROUP):
        part = np.arange(first, min(first + _GROUP, len(calls)))
        told_rows = [
            {"source": calls.sources[calls.source[k]], **row}
            for k, row in zip(part.tolist(), rows.list_rows(part), strict=True)
        ]
        table = pa.Table.from_pylist(told_rows, schema=_make_schema(pa))
        writer = writer or pq.ParquetWriter(out, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()
    return out.getvalue()


def _make_schema(pa: Any) -> Any:  # noqa: ANN401 - it has no types
    kinds = {"text": pa.string(), "number": pa.float64()}
    kinds |= {"whole": pa.int64(), "flag": pa.bool_()}
    return pa.schema([(name, kinds[kind]) for name, kind in _COLUMNS.items()])


def _day(day: np.datetime64) -> str | None:
    return None if np.isnat(day) else str(day)
