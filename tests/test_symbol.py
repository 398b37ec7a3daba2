import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from universes import InputError, Symbol


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("300308", "300308.SZ"),
        ("300308.SZ", "300308.SZ"),
        ("SZ300308", "300308.SZ"),
        ("sz300308", "300308.SZ"),
        ("sz.300308", "300308.SZ"),
        ("300308.XSHE", "300308.SZ"),
        ("601019.SH", "601019.SH"),
        ("601019.SS", "601019.SH"),
        ("601019.XSHG", "601019.SH"),
        ("700.HK", "0700.HK"),
        ("00700", "0700.HK"),
        ("0700.HK", "0700.HK"),
        ("hk00700", "0700.HK"),
        ("HK.00700", "0700.HK"),
        ("9992", "9992.HK"),
        ("80700.HK", "80700.HK"),
        ("920002", "920002.BJ"),
        ("bj920002", "920002.BJ"),
        ("831445.BJ", "831445.BJ"),
        ("831445.NQ", "831445.NQ"),
        ("688702", "688702.SH"),
        ("PDD.US", "PDD.US"),
        ("US.PDD", "PDD.US"),
        ("BRK-B.US", "BRK-B.US"),
        ("000300.SH", "000300.SH"),
        ("HSI.HK", "HSI.HK"),
        ("899050.BJ", "899050.BJ"),
        ("899001.NQ", "899001.NQ"),
        ("H00300.CSI", "H00300.CSI"),
        (" ０７００．ｈｋ ", "0700.HK"),
    ],
)
def test_reads_the_usual_spellings(spelling: str, canonical: str) -> None:
    assert str(Symbol.parse(spelling)) == canonical


@pytest.mark.parametrize(
    ("spelling", "candidates"),
    [
        ("000001", ["000001.SH (index)", "000001.SZ (share)"]),  # the SSE index or Ping An Bank
        ("000300", ["000300.SH (index)", "000300.SZ (share)"]),
        ("700", ["0700.HK (share)", "000700.SZ (share)"]),  # a spreadsheet drops zeros
        ("2315", ["2315.HK (share)", "002315.SZ (share)"]),
        ("831445", ["831445.BJ (share)", "831445.NQ (share)"]),
        ("HSI", ["HSI.HK (index)", "HSI.US (share)"]),
        ("PDD", ["PDD.US"]),
        ("600000.SZ", ["600000.SH"]),
        ("300308.SH", ["300308.SZ"]),
    ],
)
def test_refuses_to_guess_and_names_the_candidates(spelling: str, candidates: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Symbol.parse(spelling)
    for candidate in candidates:
        assert candidate in str(caught.value)


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "  ",
        "腾讯",
        "3003088.SZ",
        "00000.HK",
        "000700.HK",
        "US.HK",
        "12345678",
        "300308.XX",
        "a" * 200,
        ".",
    ],
)
def test_refuses_what_is_no_symbol(spelling: str) -> None:
    with pytest.raises(InputError, match=r"write|mean"):
        Symbol.parse(spelling)


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [("300308.SZ", "share"), ("510300.SH", "fund"), ("000300.SH", "index"), ("SPX.US", "index")],
)
def test_knows_shares_from_indices(symbol: str, kind: str) -> None:
    assert Symbol.parse(symbol).kind == kind


@given(st.text(alphabet=string.printable + "腾讯０７．", max_size=12))
def test_whatever_is_read_is_read_the_same_again(text: str) -> None:
    try:
        symbol = Symbol.parse(text)
    except InputError:
        return
    assert Symbol.parse(str(symbol)) == symbol
