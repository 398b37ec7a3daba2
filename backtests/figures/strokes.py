"""Spells matplotlib's paths, colours and strokes as SVG has them, in the colours of a page."""

from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.transforms import Transform

from backtests.figures.chart import INK, PAPER

_COMMANDS = {
    int(Path.MOVETO): "M",
    int(Path.LINETO): "L",
    int(Path.CURVE3): "Q",
    int(Path.CURVE4): "C",
    int(Path.CLOSEPOLY): "Z",
}
PAGE_INK = "currentColor"
_PAGES = {INK: PAGE_INK, PAPER: "var(--paper)"}


def style_of(gc: GraphicsContextBase, face: Any, hatch: str | None = None) -> str:  # noqa: ANN401
    """Spell how a shape is filled and its edge drawn.

    Parameters
    ----------
    gc : GraphicsContextBase
    face : colour or None
        None is not filled.
    hatch : str, optional
        Id of the pattern that fills it instead.
    """
    styles = {"fill": "none" if face is None else name_colour(face)}
    if hatch:
        styles["fill"] = f"url(#{hatch})"
    elif face is not None and _alpha(gc, face) < 1:
        styles["fill-opacity"] = spell(_alpha(gc, face))
    if gc.get_linewidth() and gc.get_rgb()[3] > 0:
        styles |= _edge(gc)
    return ";".join(f"{name}:{value}" for name, value in styles.items())


def _edge(gc: GraphicsContextBase) -> dict[str, str]:
    styles = {"stroke": name_colour(gc.get_rgb()), "stroke-width": spell(gc.get_linewidth())}
    if _alpha(gc, gc.get_rgb()) < 1:
        styles["stroke-opacity"] = spell(_alpha(gc, gc.get_rgb()))
    if gc.get_capstyle() == "projecting":
        styles["stroke-linecap"] = "square"
    offset, dashes = gc.get_dashes()
    if dashes is not None:
        styles["stroke-dasharray"] = " ".join(map(spell, np.asarray(dashes, np.float64)))
        if offset:
            styles["stroke-dashoffset"] = spell(float(offset))
    return styles


def join(
    path: Path,
    transform: Transform,
    inside: tuple[float, float, float, float] | None = None,
    *,
    simplify: bool = False,
) -> str:
    """Spell a path; points that are not known break it."""
    segments = path.iter_segments(transform, clip=inside, simplify=simplify)
    return "".join(
        _COMMANDS[int(code)] + (" ".join(map(spell, points)) if int(code) != Path.CLOSEPOLY else "")
        for points, code in segments
    )


def spell(number: float) -> str:
    """Spell a number to hundredths."""
    return f"{number:z.2f}".rstrip("0").rstrip(".")


def name_colour(colour: Any) -> str:  # noqa: ANN401 - as matplotlib's
    """Spell a colour; those of text and of background are the page's own."""
    code = to_hex(colour)
    return _PAGES.get(code, code)


def _alpha(gc: GraphicsContextBase, colour: Any) -> float:  # noqa: ANN401 - as matplotlib's
    own = colour[3] if len(colour) > len("rgb") else 1.0
    return float(gc.get_alpha() if gc.get_forced_alpha() else own)
