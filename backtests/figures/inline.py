"""Spells a chart as SVG that stands inside a page: in the page's colours and the reader's fonts."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import cos, radians, sin
from typing import Any, cast

from markupsafe import escape
from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text as Drawn
from matplotlib.transforms import Affine2D, Transform

from backtests.direction import isolate
from backtests.figures.chart import Chart, keep_layout, settings
from backtests.figures.strokes import PAGE_INK, join, name_colour, spell, style_of
from backtests.fonts import estimate_width

_DPI = 72
_HATCH_SIZE = 72.0
# of a font's size, above and below the line that letters stand on
_ASCENT, _DESCENT = 0.76, 0.24
_START, _ANCHORS = ("", 0.0), {"center": ("middle", 0.5), "right": ("end", 1.0)}
# the narrowest that a chart is shown, its letters still being readable, in rem per point
_LEAST_SCALE = 1 / 12


def to_inline(chart: Chart, prefix: str) -> str:
    """Spell a chart as an element of a page; the same chart gives the same text.

    Parameters
    ----------
    chart : Chart
        Left as it is.
    prefix : str
        Of its ids, which no other chart of the page may share.

    Returns
    -------
    str
        An ``svg`` element without styles and scripts. Each mark is a ``g`` of class ``mark``
        that begins with its text as ``title``; letters are text in the font of the page.
    """
    width, height = (_DPI * float(inches) for inches in chart.get_size_inches())
    renderer = _Renderer(chart, width, height, prefix)
    with _on_a_page(chart, renderer):
        chart.draw(renderer)
    # role img would hide the marks from those who have the page read to them
    opening = (
        f'<svg role="group" aria-label="{escape(isolate(chart.alt))}" '
        f'viewBox="0 0 {spell(width)} {spell(height)}" '
        f'style="min-width:{spell(width * _LEAST_SCALE)}rem">'
    )
    return opening + "\n".join(renderer.elements) + "</svg>"


@contextmanager
def _on_a_page(chart: Chart, renderer: "_Renderer") -> Iterator[None]:
    """Let a chart be laid out and drawn by a renderer, without paper of its own."""
    papers = [chart.patch, *(axes.patch for axes in chart.axes)]
    shown = [paper.get_visible() for paper in papers]
    with settings(chart.letters.settings), keep_layout(chart, _DPI):
        _Canvas(chart, renderer)
        for paper in papers:
            paper.set_visible(False)
        try:
            yield
        finally:
            for paper, visible in zip(papers, shown, strict=True):
                paper.set_visible(visible)


class _Canvas(FigureCanvasBase):
    """Gives matplotlib's layout the measures of the page's letters."""

    def __init__(self, chart: Chart, renderer: "_Renderer") -> None:
        super().__init__(chart)
        self._renderer = renderer

    def get_renderer(self) -> "_Renderer":
        return self._renderer


class _Renderer(RendererBase):
    """Draws as matplotlib's renderers do, to a list of elements."""

    def __init__(self, chart: Chart, width: float, height: float, prefix: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self._marks, self._points = chart.marks, chart.points
        self._told: list[str] = []
        self._size = (width, height)
        self._prefix = prefix
        self._known: dict[str, str] = {}
        self._groups: list[bool] = []
        # matplotlib hands on the lines of a text without the text they are of
        self._folded = {
            line: text
            for text in cast("list[Drawn]", chart.findobj(Drawn))
            if "\n" in text.get_text()
            for line in text.get_text().replace(r"\$", "$").split("\n")
        }

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def points_to_pixels(self, points: Any) -> Any:  # noqa: ANN401 - as matplotlib's
        return points

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ANN401, ARG002 - as matplotlib's; none of our texts is mathematics
    ) -> tuple[float, float, float]:
        size = prop.get_size_in_points()
        return estimate_width(s) * size, (_ASCENT + _DESCENT) * size, _DESCENT * size

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: ARG002 - as matplotlib's
        marked = gid in self._marks
        over = not marked and (gid or "").startswith("over-")
        self._groups.append(marked or over)
        self._told = list(self._points.get(gid or "", []))
        if marked:
            self.elements.append(_open_mark(self._marks[cast("str", gid)]))
        elif over:
            self.elements.append('<g class="over">')

    def close_group(self, s: str) -> None:  # noqa: ARG002 - as matplotlib's
        if self._groups.pop():
            self.elements.append("</g>")

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: ANN401, N803 - as matplotlib's
    ) -> None:
        drawn = self._trace(path, transform, simplify=rgbFace is None and not gc.get_hatch())
        if drawn:
            clip = self._clip(gc, path, transform)
            self.elements.append(f'<path d="{drawn}"{clip} style="{self._style(gc, rgbFace)}"/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,  # noqa: ANN401, N803 - as matplotlib's
    ) -> None:
        shape = join(marker_path, marker_trans + Affine2D().scale(1.0, -1.0))
        name = self._define(f'<path id="%s" d="{shape}"/>')
        self.elements.append(f'<g{self._clip(gc, path, trans)} style="{self._style(gc, rgbFace)}">')
        for points, _ in path.iter_segments(trans + self._flip(), simplify=False):
            if len(points):
                x, y = spell(points[-2]), spell(points[-1])
                point = f'<use href="#{name}" x="{x}" y="{y}"/>'
                told = _open_mark(self._told.pop(0)) if self._told else ""
                self.elements.append(f"{told}{point}</g>" if told else point)
        self.elements.append("</g>")

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,  # noqa: ANN401, ARG002, FBT002 - as matplotlib's
        mtext: Drawn | None = None,
    ) -> None:
        size = prop.get_size_in_points()
        # a reader's font is narrower or wider than was reckoned: hold the end that is aligned
        anchor, share = _choose_anchor(mtext or self._folded.get(s), angle)
        along = share * estimate_width(s) * size
        turn = radians(angle)
        x, y = x + along * cos(turn), y - along * sin(turn)
        parts = [f'<text x="{spell(x)}" y="{spell(y)}" font-size="{spell(size)}"']
        if anchor:
            parts.append(f'text-anchor="{anchor}"')
        if angle:
            parts.append(f'transform="rotate({spell(-angle)} {spell(x)} {spell(y)})"')
        colour = name_colour(gc.get_rgb())
        if colour != PAGE_INK:
            parts.append(f'style="fill:{colour}"')
        self.elements.append(f"{' '.join(parts)}>{escape(isolate(s))}</text>")

    def _flip(self) -> Affine2D:
        return Affine2D().scale(1.0, -1.0).translate(0.0, self._size[1])

    def _trace(self, path: Path, transform: Transform, *, simplify: bool) -> str:
        inside = (0.0, 0.0, *self._size) if simplify else None
        return join(
            path, transform + self._flip(), inside, simplify=simplify and path.should_simplify
        )

    def _define(self, element: str) -> str:
        """Write an element to refer to, once, with an id in the place of %s; return the id."""
        if element not in self._known:
            name = f"{self._prefix}-{len(self._known) + 1}"
            self._known[element] = name
            self.elements.append(f"<defs>{element.replace('%s', name)}</defs>")
        return self._known[element]

    def _clip(self, gc: GraphicsContextBase, path: Path, transform: Transform) -> str:
        box = gc.get_clip_rectangle()
        if box is None:
            return ""
        extents = path.get_extents(transform)
        if (
            box.x0 <= extents.x0
            and extents.x1 <= box.x1
            and box.y0 <= extents.y0
            and extents.y1 <= box.y1
        ):
            return ""
        x, y, width, height = box.bounds
        place = f'x="{spell(x)}" y="{spell(self._size[1] - y - height)}"'
        shape = f'<rect {place} width="{spell(width)}" height="{spell(height)}"/>'
        return f' clip-path="url(#{self._define(f"""<clipPath id="%s">{shape}</clipPath>""")})"'

    def _style(self, gc: GraphicsContextBase, face: Any) -> str:  # noqa: ANN401 - as matplotlib's
        return style_of(gc, face, self._hatch(gc, face) if gc.get_hatch() else None)

    def _hatch(self, gc: GraphicsContextBase, face: Any) -> str:  # noqa: ANN401 - as matplotlib's
        fill = "none" if face is None else name_colour(face)
        colour = name_colour(gc.get_hatch_color())
        lines = join(gc.get_hatch_path(), Affine2D().scale(_HATCH_SIZE))
        size = spell(_HATCH_SIZE)
        box = f'width="{size}" height="{size}"'
        style = f"fill:{colour};stroke:{colour};stroke-width:{spell(gc.get_hatch_linewidth())}"
        return self._define(
            f'<pattern id="%s" patternUnits="userSpaceOnUse" {box}>'
            f'<rect {box} style="fill:{fill}"/><path d="{lines}" style="{style}"/></pattern>'
        )


def _open_mark(text: str) -> str:
    return f'<g class="mark" role="img"><title>{escape(isolate(text))}</title>'


def _choose_anchor(text: Drawn | None, angle: float) -> tuple[str, float]:
    """Return the part of a line to hold, and where it is as a share of the line."""
    if text is None or (angle and text.get_rotation_mode() != "anchor"):
        return _START
    return _ANCHORS.get(text.get_horizontalalignment(), _START)
