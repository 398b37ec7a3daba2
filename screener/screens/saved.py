"""Writes what a screen chose as a report's file, to be scored and backtested like any other."""

from typing import Any

import tomli_w

from screener.screens.selection import Selection
from universes import InputError, load_scale
from universes.text import Text

_BY_RULE = Text("筛选规则", "rule")


def spell_report(selection: Selection, scale: str, data_sha256: str) -> bytes:
    """Spell a selection as a report in one TOML file, which `universes.load_report` reads.

    Parameters
    ----------
    selection : Selection
        Its day is the day of publication: what is known at its close trades from the next
        session on.
    scale : str
        Id of the rating standard it is to be graded by.
    data_sha256 : str
        Hash of the prices that it was chosen from.

    Returns
    -------
    bytes
        TOML; the same selection gives the same bytes.

    Raises
    ------
    InputError
        If nothing was chosen, or there is no such standard.
    """
    screen, table = selection.screen, selection.table
    if not len(selection.chosen):
        raise InputError(
            f"the screen {screen.id} chose no share on {table.day}, so there is nothing to save",
            "loosen a condition, or look at --explain",
        )
    load_scale(scale)
    rule = " AND ".join(part.text for part in screen.where.parts)
    day = table.day.isoformat()
    evidence = Text(
        f"规则{screen.sha256[:12]}在{day}收盘时，自{len(selection.within)}只股票（行情"
        f"{data_sha256[:12]}）中选出",
        f"chosen by the rule {screen.sha256[:12]} at the close of {day} from"
        f" {len(selection.within)} shares (prices {data_sha256[:12]})",
    )
    title = Text(f"{screen.title.zh}（{day}）", f"{screen.title.en} ({day})")
    report = {
        "title": _spell(title),
        "broker": _spell(_BY_RULE),
        "house": _spell(_BY_RULE),
        "scale": scale,
        "published": {"date": table.day, "evidence": [_spell(evidence)]},
        "themes": [
            {
                "id": screen.id,
                "title": _spell(screen.title),
                "section": "where",
                "argument": _spell(Text(screen.note.zh or rule, screen.note.en or rule)),
                "picks": [
                    {
                        "symbol": table.symbols[row],
                        "name": _spell(_name(selection, row)),
                        "level": "recommend",
                        "section": f"rank {place}",
                        "words": rule,
                    }
                    for place, row in enumerate(selection.chosen, start=1)
                ],
            }
        ],
    }
    return tomli_w.dumps(report).encode()


def _name(selection: Selection, row: int) -> Text:
    name = selection.table.texts["name"][row] or selection.table.symbols[row]
    return Text(name, name)


def _spell(text: Text) -> dict[str, Any]:
    return {"zh": text.zh, "en": text.en}
