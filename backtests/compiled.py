"""Compiles loops for tables that are large enough to be worth it."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

Loop = Callable[..., None]


@cache
def compiled(loop: Loop) -> Loop:
    """Return a loop compiled to machine code, which is kept for the next process.

    The loop is one function over numbers and arrays that calls no other of ours. It rounds as
    Python does: nothing is reordered, and no product is fused with a sum. It holds no lock while
    it runs, so several threads may run it.
    """
    import numba  # noqa: PLC0415 - half a second

    return cast("Loop", _compile(numba)(loop))


def _compile(numba: Any) -> Any:  # noqa: ANN401 - it has no types
    return numba.njit(nogil=True, cache=True, error_model="numpy")
