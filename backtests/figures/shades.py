"""Colours between two others."""

from matplotlib.colors import to_hex, to_rgb

_BRIGHT = 0.5


def mix(colour: str, other: str, share: float) -> str:
    """Return the colour that has so large a share of the first, and is the other for the rest."""
    pairs = zip(to_rgb(colour), to_rgb(other), strict=True)
    red, green, blue = (share * own + (1 - share) * its for own, its in pairs)
    return to_hex((red, green, blue))


def is_bright(colour: str) -> bool:
    """Tell whether dark letters are read better on a colour than light ones.

    By its luma, of ITU-R BT.601.
    """
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT
