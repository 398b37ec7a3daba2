"""Ratios of a run beside those recorded, each for one class of machine; the less, the better."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

TOLERANCE = 0.30

Ratios = Mapping[str, float]
Verdict = Literal["worse", "not measured", "not recorded"]


@dataclass(frozen=True)
class Finding:
    """What is to be said of one ratio; a number that there is not is None."""

    name: str
    verdict: Verdict
    recorded: float | None
    measured: float | None

    @property
    def fails(self) -> bool:
        """Whether a check fails by it; a new ratio is only told."""
        return self.verdict != "not recorded"

    def __str__(self) -> str:
        numbers = (self.recorded, self.measured)
        recorded, measured = ("none" if each is None else f"{each:.3g}" for each in numbers)
        return f"{self.verdict}: {self.name}: recorded {recorded}, measured {measured}"


def divide(seconds: Sequence[float], by: Sequence[float]) -> float:
    """Return the ratio of the least times: what disturbs a measurement only ever adds to it."""
    return min(seconds) / min(by)


def compare(measured: Ratios, recorded: Ratios, tolerance: float = TOLERANCE) -> list[Finding]:
    """Return what differs from the record to the worse, or cannot be compared.

    A ratio is worse where it is more than ``tolerance``, a fraction, above the one recorded. One
    that is recorded and was not measured fails as well: nothing is known of it.
    """
    names = sorted({*measured, *recorded})
    found = [_judge(name, measured.get(name), recorded.get(name), tolerance) for name in names]
    return [each for each in found if each is not None]


def _judge(
    name: str, measured: float | None, recorded: float | None, tolerance: float
) -> Finding | None:
    if recorded is None:
        return Finding(name, "not recorded", recorded, measured)
    if measured is None:
        return Finding(name, "not measured", recorded, measured)
    worse = measured > recorded * (1 + tolerance)
    return Finding(name, "worse", recorded, measured) if worse else None


def better_of(one: Ratios, other: Ratios) -> dict[str, float]:
    """Return the lower of each ratio: what is only the noise of one run is gone in another."""
    return {name: min(each[name] for each in (one, other) if name in each) for name in one | other}


def record(
    records: Mapping[str, Ratios], machine: str, measured: Ratios
) -> dict[str, dict[str, float]]:
    """Return the records with those of one class of machine renewed, to three digits.

    What was not measured keeps its record; other classes keep theirs.
    """
    kept = {name: dict(ratios) for name, ratios in records.items()}
    kept[machine] = {**kept.get(machine, {}), **round_all(measured)}
    return {name: dict(sorted(kept[name].items())) for name in sorted(kept)}


def round_all(ratios: Ratios) -> dict[str, float]:
    return {name: float(f"{value:.3g}") for name, value in ratios.items()}


def spell_findings(findings: Iterable[Finding]) -> str:
    return "\n".join(map(str, findings))
