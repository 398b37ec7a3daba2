"""Checks what `make run` wrote: every file is there, whole, and holds the headline."""

import csv
import json
from pathlib import Path

import jsonschema
import openpyxl
from matplotlib import image

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"

card = json.loads((RESULTS / "scorecard.json").read_text(encoding="utf-8"))
schema = json.loads((ROOT / "docs" / "scorecard.schema.json").read_text(encoding="utf-8"))
jsonschema.validate(card, schema)

(total,) = [s for s in card["summary"] if s["group"] == "all" and s["horizon_months"] == 6]
expected = {"buy": 12, "overweight": 5, "neutral": 2, "underweight": 5, "sell": 4}
if total["grades"] != expected or round(100 * total["mean"], 1) != 15.0:
    raise SystemExit(f"the headline is not what it should be: {total}")

with (RESULTS / "scorecard.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
if len(rows) != len(card["rows"]) or len(rows) != 28 * 5:
    raise SystemExit(f"scorecard.csv holds {len(rows)} rows")

tabs = openpyxl.load_workbook(RESULTS / "scorecard.xlsx").sheetnames
if tabs != ["scorecard", "summary", "rows", "notes"]:
    raise SystemExit(f"scorecard.xlsx holds {tabs}")
if "Pop Mart" not in (RESULTS / "scorecard.md").read_text(encoding="utf-8"):
    raise SystemExit("scorecard.md does not name the picks")
if image.imread(RESULTS / "scorecard.png").shape[0] < 800:
    raise SystemExit("scorecard.png is too small")
print("results/ holds the scorecard in five formats, and they agree")  # noqa: T201
