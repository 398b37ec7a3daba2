"""Numbers and where they come from, as JSON values: what reproduces them."""

import datetime as dt
import math
from dataclasses import asdict
from typing import Any

from screener import Panel
from universes import RatingScale, Report


def trace_report(report: Report) -> dict[str, Any]:
    """Return a report's id, hash and publication."""
    published = report.publication
    return {
        "id": report.id,
        "sha256": report.sha256,
        "published": published.date.isoformat(),
        "inferred": published.inferred,
        "window": [day.isoformat() for day in published.window],
    }


def trace_scale(scale: RatingScale) -> dict[str, Any]:
    """Return a rating standard's id, hash and horizon."""
    return {"id": scale.id, "sha256": scale.sha256, "horizon_months": scale.horizon_months}


def trace_data(panel: Panel, as_of: dt.date) -> dict[str, Any]:
    """Return where a panel's figures come from, its hashes and the last day read."""
    return {
        "source": panel.origin.source,
        "sha256": panel.origin.sha256,
        "rows_sha256": panel.sha256,
        "first": str(panel.dates[0]),
        "last": str(panel.dates[-1]),
        "as_of": as_of.isoformat(),
        "notes": [asdict(note) for note in panel.origin.notes],
    }


def told(value: float) -> float | None:
    """Return a number, or None where it is none."""
    return None if math.isnan(value) else float(value)
