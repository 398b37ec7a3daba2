"""What Eastmoney's plan texts of Hong Kong dividends say, or that they are not understood."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

_CURRENCIES = {"港币": "HKD", "港元": "HKD", "美元": "USD", "人民币": "CNY"}

_NAME = "|".join(_CURRENCIES)
_NUMBER = r"\d+(?:\.\d+)?"
_AMOUNT = (
    rf"(?:(?P<name>{_NAME})?(?P<cash>{_NUMBER})元"
    rf"|(?P<cash_first>{_NUMBER})(?P<after>{_NAME}))"
)
_PER = r"每(?P<per>[1-9]\d*)?股"

# What a plan text may consist of, by what it says.
_CLAUSES = {
    # 每股派港币5.3元, 每股派0.13美元, 每10股派人民币1元
    "cash": rf"{_PER}派息?{_AMOUNT}",
    # 每10股派送8股, 每10股转12股
    "bonus": rf"{_PER}(?:派送红股|派送|送红股|送|转增|转)(?P<new>{_NUMBER})股",
    # 每1股拆为5股, 每10股合并为1股
    "split": rf"{_PER}(?:拆细|拆|合并|合)(?:为|成)?(?P<into>{_NUMBER})股",
    # 每10股分派1股美团B类普通股股份; the company's own shares would be a bonus
    "other_shares": r"每\d+股[^,;()]{0,20}?分派\d+股(?!本公司|红股)[^,;()]+",
    # (相当于港币0.784234元(计算值)), (相当于每股派18.13港元)
    "equivalent": rf"\(相当于(?P<each>每股派)?{_AMOUNT}(?P<computed>\(计算值\))?\)",
    "remark": r"\((?:可选择)?以股代息\)|特殊说明:|[,;。]",
}
_PATTERNS = {says: re.compile(pattern) for says, pattern in _CLAUSES.items()}
_NOTHING = ("不派息", "不分红", "不分配不转增", "未派发或宣派股息")


@dataclass(frozen=True)
class Payout:
    """What one plan gives for each share held.

    Attributes
    ----------
    cash : mapping of currency to float
        The whole in each currency that the text states it in; empty where there is none.
    bonus : float
        New shares; below zero where shares are merged.
    stated : bool
        Whether the company stated the amounts: the vendor may have computed one, and shares
        of another company are only worth theirs.
    """

    cash: Mapping[str, float]
    bonus: float
    stated: bool


@dataclass
class _Dividend:
    """One of a plan's dividends while the plan is read.

    Attributes
    ----------
    per : int
        Shares for which the text states it; 0 where it states no amount of its own.
    cash : dict of currency to float
        For each share.
    """

    per: int
    cash: dict[str, float]


def read_payout(text: str) -> Payout | None:
    """Return what a plan text says, None where it is not understood.

    Examples
    --------
    >>> read_payout("每股派美元0.1元(相当于港币0.78元(计算值))")
    Payout(cash={'HKD': 0.78, 'USD': 0.1}, bonus=0.0, stated=False)
    >>> read_payout("每股派人民币3元,每10股派送8股,每10股转12股").bonus
    2.0
    >>> read_payout("每21股腾讯股份分派1股京东集团A类普通股股份") is None
    True
    """
    left = unicodedata.normalize("NFKC", text).replace(" ", "")
    if left in _NOTHING:
        return Payout({}, 0.0, stated=True)
    dividends: list[_Dividend] = []
    bonus = 0.0
    stated = True
    while left:
        says, found = _match(left)
        if found is None:
            return None
        left = left[found.end() :]
        if says == "cash":
            per = int(found["per"] or 1)
            dividends.append(_Dividend(per, _amount(found, per)))
        elif says == "other_shares":
            dividends.append(_Dividend(0, {}))
            stated = False
        elif says == "equivalent":
            # of what: each share, or the number of shares that the dividend is stated for
            if not dividends or (dividends[-1].per != 1 and not found["each"]):
                return None
            dividends[-1].cash |= _amount(found, 1)
            stated = stated and not found["computed"]
        elif says != "remark":
            bonus += _new_shares(says, found)
    cash = _add(dividends)
    return Payout(cash, bonus, stated) if cash or (bonus and not dividends) else None


def _match(text: str) -> tuple[str, re.Match[str] | None]:
    matches = ((says, pattern.match(text)) for says, pattern in _PATTERNS.items())
    return next(((says, found) for says, found in matches if found), ("", None))


def _amount(found: re.Match[str], per: int) -> dict[str, float]:
    name = found["name"] or found["after"]
    # a currency that is not named is not guessed
    return {_CURRENCIES[name]: float(found["cash"] or found["cash_first"]) / per} if name else {}


def _new_shares(says: str, found: re.Match[str]) -> float:
    per = int(found["per"] or 1)
    return float(found["into"]) / per - 1 if says == "split" else float(found["new"]) / per


def _add(dividends: Sequence[_Dividend]) -> dict[str, float]:
    """Return the sum in each currency that all of them are stated in."""
    if not dividends:
        return {}
    common = reduce(set.intersection, (set(each.cash) for each in dividends))
    return {name: sum(each.cash[name] for each in dividends) for name in sorted(common)}
