"""What is wrong with a series of bars, by rules with a code, a severity and a remedy."""

from screener.quality.actions import check_actions, compare_actions
from screener.quality.compare import compare_bars
from screener.quality.market import check_market
from screener.quality.series import check_bars

__all__ = ["check_actions", "check_bars", "check_market", "compare_actions", "compare_bars"]
