"""Which colour means up: red in Chinese markets, green in the west."""

from dataclasses import dataclass
from typing import Literal

Colors = Literal["china", "west", "none"]


@dataclass(frozen=True)
class Palette:
    """Names of a terminal's colours and codes of a figure's, for up and down."""

    up: str
    down: str
    up_code: str
    down_code: str


_RED, _GREEN, _GREY = "#c8372d", "#2e8b57", "#7a8087"

PALETTES: dict[Colors, Palette] = {
    "china": Palette("red", "green", _RED, _GREEN),
    "west": Palette("green", "red", _GREEN, _RED),
    "none": Palette("", "", _GREY, _GREY),
}
