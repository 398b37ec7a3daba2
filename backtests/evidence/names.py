"""What baskets are called, in both languages."""

from collections.abc import Sequence

from backtests.evidence.baskets import Basket
from backtests.labels import term
from universes import Symbol, Theme
from universes.market import describe_benchmark
from universes.text import Text


def name_basket(basket: Basket, themes: Sequence[Theme]) -> Text:
    """Return what a basket is called.

    Parameters
    ----------
    basket : Basket
    themes : sequence of Theme
        Of the report; a theme that is not among them is called by its id.
    """
    if basket.group == "market":
        benchmark = describe_benchmark(Symbol.parse(basket.key)).name
        return term("market_shares", benchmark=benchmark)
    if basket.group == "theme":
        titles = (theme.title for theme in themes if theme.id == basket.key)
        return next(titles, Text(basket.key, basket.key))
    return term(basket.key or basket.group)
