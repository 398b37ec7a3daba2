"""What was recommended, by whom, and against what.

The ground floor: facts as TOML files and the readers that check them. Standard
library only, and it imports neither of the packages above it.
"""

from universes.claims import Claim, Finding, Ledger, load_claims
from universes.errors import Fault, FaultyFileError, InputError
from universes.exchange import Exchange
from universes.loader import list_reports, load_report
from universes.market import Market, list_markets, load_market
from universes.rating import Band, RatingScale, list_scales, load_scale
from universes.report import Level, Pick, Publication, Report, Theme
from universes.symbol import Symbol
from universes.text import Text

__version__ = "0.1.0"

__all__ = [
    "Band",
    "Claim",
    "Exchange",
    "Fault",
    "FaultyFileError",
    "Finding",
    "InputError",
    "Ledger",
    "Level",
    "Market",
    "Pick",
    "Publication",
    "RatingScale",
    "Report",
    "Symbol",
    "Text",
    "Theme",
    "__version__",
    "list_markets",
    "list_reports",
    "list_scales",
    "load_claims",
    "load_market",
    "load_report",
    "load_scale",
]
