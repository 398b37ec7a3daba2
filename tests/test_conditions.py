"""What a rule's condition says of each share, and how a ranking orders those that pass."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import naive_conditions as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.screens.language.condition import (
    Verdicts,
    judge,
    parse_condition,
    parse_ranking,
    rank,
)
from universes import InputError

NAN = math.nan
NUMBERS = ("pb", "pe_ttm", "roe")
TEXTS = ("symbol", "name", "sector")
KNOWN = (*TEXTS, *NUMBERS)
SHARES: dict[str, np.ndarray] = {
    "symbol": np.array(["300001.SZ", "300002.SZ", "600001.SH", "600002.SH"], dtype=object),
    "name": np.array(["甲传媒", "it's 100%", None, "乙出版"], dtype=object),
    "sector": np.array(["传媒", "通信", "传媒", None], dtype=object),
    "pb": np.array([0.5, 2.0, NAN, -1.0]),
    "pe_ttm": np.array([15.0, NAN, 20.0, 0.0]),
    "roe": np.array([0.1, 0.2, NAN, -0.3]),
}


def judge_text(text: str, shares: dict[str, np.ndarray] = SHARES) -> Verdicts:
    return judge(parse_condition(text, KNOWN), shares)


def outcomes(text: str) -> str:
    """One letter a share: m met, f failed, - missing."""
    verdicts = judge_text(text)
    assert len(verdicts.parts) == 1
    letters = {"met": "m", "failed": "f", "missing": "-"}
    return "".join(letters[outcome] for outcome in verdicts.outcome[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pe_ttm < 20", "m-fm"),
        ("pe_ttm <> 20", "m-fm"),
        ("pe_ttm != 20", "m-fm"),
        ("pe_ttm == 20", "f-mf"),
        ("NOT pe_ttm < 20", "f-mf"),
        ("pe_ttm BETWEEN 15 AND 20", "m-mf"),
        ("pe_ttm NOT BETWEEN 15 AND 20", "f-fm"),
        ("pe_ttm BETWEEN 16 AND pb", "f--f"),
        ("sector IN ('传媒', '出版业')", "mfm-"),
        ("sector NOT IN ('传媒')", "fmf-"),
        ("pb IN (2, pe_ttm, 0.5)", "mm-f"),
        ("pb IN (3, pe_ttm)", "f--f"),
        ("pe_ttm IS NULL", "fmff"),
        ("name IS NOT NULL", "mmfm"),
        ("pe_ttm < 20 OR pb > 1", "mm-m"),
        ("NOT (pe_ttm < 20 OR pb > 1)", "ff-f"),
        ("NOT (pe_ttm < 20 AND pb > 1)", "m-mm"),
        ("coalesce(pe_ttm, pb, 99) > 10", "mfmf"),
        ("coalesce(pe_ttm < 20, false)", "mffm"),
        ("pb / pe_ttm > 0", "m---"),
        ("1 / (1 / pe_ttm) > 0", "m-m-"),
        ("ln(pb) < 0", "mf--"),
        ("sqrt(pb) < 1", "mf--"),
        ("power(pb, 0.5) < 1", "mf--"),
        ("power(10, 300) * 1e15 * pb > 0", "----"),
        ("pe_ttm + 1e15 > 1e15", "m-mf"),
        ("greatest(pb, pe_ttm) > 1", "m--f"),
        ("least(pb, pe_ttm, 1) < 1", "m--m"),
        ("round(roe, 0) = 0", "mm-m"),
        ("round(pe_ttm, -1) = 20", "m-mf"),
        ("round(pb + 0.004, 2) = 0.5", "mf-f"),
        ("abs(pb) = 1", "ff-m"),
        ("-pb > 0", "ff-m"),
        ("CASE WHEN pb > 1 THEN pe_ttm ELSE roe END > 0", "m--f"),
        ("CASE WHEN pb > 1 THEN 1 END = 1", "-m--"),
        ("CASE pb WHEN 2 THEN 'x' WHEN 0.5 THEN 'y' ELSE 'z' END = 'y'", "mfff"),
        ("name LIKE '%传媒'", "mf-f"),
        ("name LIKE '_出版'", "ff-m"),
        ("name NOT LIKE '%传媒'", "fm-m"),
        ("contains(name, '传')", "mf-f"),
        ("contains(name, '%')", "fm-f"),
        ("name = 'it''s 100%'", "fm-f"),
        ("starts_with(symbol, '300')", "mmff"),
        ("ends_with(symbol, '.SH')", "ffmm"),
        ("symbol < '600001.SH'", "mmff"),
        ("sector = coalesce(sector, name)", "mmm-"),
        ("pb - 0.5 - 0.5 = -0.5", "mf-f"),
        ("pb - (0.5 - 0.5) = 0.5", "mf-f"),
        ("1 + 2 * pb = 2", "mf-f"),
        ('"pb" > 1', "fm-f"),
        ("pB > 1 ", None),
        ("0.1 + 0.2 = 0.3", "ffff"),
        ("3 / 2 = 1.5", "mmmm"),
        ("true", "mmmm"),
        ("FALSE", "ffff"),
        ("1 = 1", "mmmm"),
        ("pb\n\t> 1", "fm-f"),
    ],
)
def test_conditions_worked_by_hand(text: str, wanted: str | None) -> None:
    if wanted is None:
        with pytest.raises(InputError, match="no column"):
            parse_condition(text, KNOWN)
    else:
        assert outcomes(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pb > 1.5", [-1.0, 0.5, NAN, -2.5]),
        ("pb >= 2", [-1.5, 0.0, NAN, -3.0]),
        ("pb < 0.5", [0.0, -1.5, NAN, 1.5]),
        ("1 <= pb", [-0.5, 1.0, NAN, -2.0]),
        ("pb = 1", [-0.5, -1.0, NAN, -2.0]),
        ("pb BETWEEN 0 AND 1.5", [0.5, -0.5, NAN, -1.0]),
        ("pe_ttm > pb", [14.5, NAN, NAN, 1.0]),
        ("pb / pe_ttm > 0", [0.5 / 15, NAN, NAN, NAN]),
        ("pb BETWEEN 0 AND pe_ttm", [0.5, NAN, NAN, -1.0]),
        ("pb <> 1", [NAN] * 4),
        ("NOT pb > 1", [0.5, -1.0, NAN, 2.0]),
        ("NOT pb BETWEEN 0 AND 1", [NAN] * 4),
        ("pb IN (1, 2)", [NAN] * 4),
        ("sector = '传媒'", [NAN] * 4),
        ("pb > 1 OR pb < 0", [NAN] * 4),
        ("pb IS NULL", [NAN] * 4),
    ],
)
def test_the_margin_is_by_how_much_a_comparison_is_met(text: str, wanted: list[float]) -> None:
    np.testing.assert_array_equal(judge_text(text).margin[0], wanted)


def test_an_equality_that_is_met_has_no_negative_zero_for_a_margin() -> None:
    assert not np.signbit(judge_text("pb = 2").margin[0, 1])


def test_a_share_passes_where_every_part_is_met() -> None:
    verdicts = judge_text("pb > 0 AND pe_ttm < 20 AND sector = '传媒'")
    assert verdicts.passed.tolist() == [True, False, False, False]
    assert verdicts.outcome.tolist() == [
        ["met", "met", "missing", "failed"],
        ["met", "missing", "failed", "met"],
        ["met", "failed", "met", "missing"],
    ]


def test_what_is_missing_is_named() -> None:
    verdicts = judge_text("pe_ttm > pb AND pb / pe_ttm > 1 AND sector = name AND pb > 9")
    assert verdicts.missing(0, 1) == ("pe_ttm",)
    assert verdicts.missing(0, 2) == ("pb",)
    assert verdicts.missing(2, 2) == ("name",)
    assert verdicts.missing(2, 3) == ("sector",)
    # it is known, and divides by zero
    assert verdicts.outcome[1, 3] == "missing"
    assert verdicts.missing(1, 3) == ()
    # it fails, so nothing is wanting
    assert verdicts.missing(3, 0) == ()


def test_parts_are_the_terms_joined_by_and_at_the_top() -> None:
    text = (
        " pb<1 and ((roe>0.10 AND Not (pe_ttm=-1 or coalesce( pe_ttm,roe )>-.3)))and name is null"
    )
    condition = parse_condition(text, KNOWN)
    assert condition.text == text
    assert condition.columns == ("name", "pb", "pe_ttm", "roe")
    assert [(part.text, part.columns) for part in condition.parts] == [
        ("pb < 1", ("pb",)),
        ("roe > 0.10", ("roe",)),
        ("NOT (pe_ttm = -1 OR coalesce(pe_ttm, roe) > -.3)", ("pe_ttm", "roe")),
        ("name IS NULL", ("name",)),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(pb + 1) * 2 - (roe - 1) > 0", "(pb + 1) * 2 - (roe - 1) > 0"),
        ("pb / (roe / 2) > ((1))", "pb / (roe / 2) > 1"),
        ("- - pb > - 1", "-(-pb) > -1"),
        ("not (not (pb > 1) or not true)", "NOT (pb <= 1 OR NOT TRUE)"),
        ("not pb is not null", "pb IS NULL"),
        ("-(pb + 1) = - - 1", "-(pb + 1) = 1"),
        ("not not pb > 1", "pb > 1"),
        ("not pb in (1,2)", "pb NOT IN (1, 2)"),
        ("pb not between (1) and 1+1", "pb NOT BETWEEN 1 AND 1 + 1"),
        ("not name like 'a''%'", "name NOT LIKE 'a''%'"),
        ("not pb is null", "pb IS NOT NULL"),
        ("not (not not pb = 1)", "pb <> 1"),
        ("(pb > 1 or roe > 1) or pe_ttm > 1", "pb > 1 OR roe > 1 OR pe_ttm > 1"),
        ("(pb > 1 and roe > 1) or pb > 2", "(pb > 1 AND roe > 1) OR pb > 2"),
        ("(pb > 1) is null", "(pb > 1) IS NULL"),
        ("case when pb>1 then 2 end>1", "CASE WHEN pb > 1 THEN 2 END > 1"),
        ("pb > (case when true then 1 else 2 end)", "pb > CASE WHEN TRUE THEN 1 ELSE 2 END"),
        ("ABS(pb) >= 1e-1", "abs(pb) >= 1e-1"),
    ],
)
def test_a_part_has_one_spelling(text: str, wanted: str) -> None:
    (part,) = parse_condition(text, KNOWN).parts
    assert part.text == wanted


def test_a_column_may_be_called_what_a_keyword_is() -> None:
    condition = parse_condition(
        '"order" > 1 AND "between" > 1 AND "a b" > 1', {"order", "between", "a b"}
    )
    assert [part.text for part in condition.parts] == ["order > 1", '"between" > 1', '"a b" > 1']
    columns = {name: np.array([2.0]) for name in condition.columns}
    assert judge(condition, columns).passed.tolist() == [True]


def test_known_columns_may_be_told_by_a_function() -> None:
    assert parse_condition("pb > 1", lambda name: name == "pb").columns == ("pb",)
    with pytest.raises(InputError, match="did you mean pe_ttm"):
        parse_condition("pe_tm > 1", lambda name: name == "pe_ttm")


def test_what_is_not_finite_counts_as_missing() -> None:
    shares = {"pb": np.array([np.inf, -np.inf, 1.0])}
    verdicts = judge(parse_condition("pb > 0", KNOWN), shares)
    assert verdicts.outcome.tolist() == [["missing", "missing", "met"]]
    assert verdicts.missing(0, 0) == ("pb",)


def test_a_text_of_which_nothing_is_known_may_come_as_numbers() -> None:
    shares = {"sector": np.full(2, NAN), "pb": np.array([1, 2])}
    verdicts = judge(parse_condition("sector = '传媒' AND pb > 1", KNOWN), shares)
    assert verdicts.outcome.tolist() == [["missing", "missing"], ["failed", "met"]]
    assert verdicts.missing(0, 1) == ("sector",)


def test_no_shares_have_no_verdicts() -> None:
    empty = {name: values[:0] for name, values in SHARES.items()}
    verdicts = judge_text("pb > 0 AND name = 'x'", empty)
    assert verdicts.passed.shape == (0,)
    assert verdicts.outcome.shape == verdicts.margin.shape == (2, 0)
    ranking = parse_ranking("pb DESC", KNOWN)
    assert rank(ranking, empty, verdicts.passed).tolist() == []


def test_nothing_given_is_changed() -> None:
    shares = {name: values.copy() for name, values in SHARES.items()}
    for values in shares.values():
        values.flags.writeable = False
    verdicts = judge_text("pb / 2 > 0 AND name LIKE '%传媒'", shares)
    rank(parse_ranking("pb DESC", KNOWN), shares, verdicts.passed)
    for name, values in SHARES.items():
        assert repr(shares[name]) == repr(values)


def test_verdicts_stand_in_the_order_of_the_shares() -> None:
    values = np.random.default_rng(7).normal(size=20_000)
    verdicts = judge(parse_condition("pb > 0.25", KNOWN), {"pb": values})
    assert (verdicts.passed == (values > 0.25)).all()
    assert (verdicts.margin[0] == values - 0.25).all()


def test_threads_may_judge_at_once() -> None:
    texts = [f"pb > {number} AND pe_ttm < {number}" for number in range(40)]
    alone = [judge_text(text).margin for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: judge_text(text).margin, texts))
    np.testing.assert_array_equal(together, alone)


def ranked(text: str, shares: dict[str, np.ndarray]) -> list[int]:
    passed = np.ones(len(shares["symbol"]), dtype=np.bool_)
    return rank(parse_ranking(text, KNOWN), shares, passed).tolist()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pb desc", [1, 0, 3, 2]),
        ("pb ASC", [3, 0, 1, 2]),
        ("abs(pe_ttm - 10) asc", [0, 2, 3, 1]),
        ("coalesce(pe_ttm, 99) desc", [1, 2, 0, 3]),
        ("1 / pe_ttm desc", [0, 2, 1, 3]),
        ("sector desc, pb asc", [1, 0, 2, 3]),
        ("sector asc, pb desc", [0, 2, 1, 3]),
        ("greatest(pb, 0) asc, symbol desc", [3, 0, 1, 2]),
        ("round(roe, 0) asc", [0, 1, 3, 2]),
    ],
)
def test_a_ranking_puts_the_missing_last_and_parts_equals_by_symbol(
    text: str, wanted: list[int]
) -> None:
    assert ranked(text, SHARES) == wanted


def test_the_ranking_takes_only_those_that_passed() -> None:
    passed = np.array([True, False, True, True])
    assert rank(parse_ranking("pb desc", KNOWN), SHARES, passed).tolist() == [0, 3, 2]


def test_equal_shares_stand_by_symbol_whatever_their_rows() -> None:
    symbols = np.array(["c", "a", "b", "e", "d"], dtype=object)
    shares = {"symbol": symbols, "pb": np.array([0.0, -0.0, 0.0, NAN, NAN])}
    assert ranked("pb desc", shares) == [1, 2, 0, 4, 3]
    assert ranked("pb asc", shares) == [1, 2, 0, 4, 3]


def test_a_ranking_tells_its_keys() -> None:
    ranking = parse_ranking("pb/roe desc ,coalesce(pe_ttm,1) Asc", KNOWN)
    assert ranking.text == "pb/roe desc ,coalesce(pe_ttm,1) Asc"
    assert ranking.columns == ("pb", "pe_ttm", "roe")
    told = [(key.text, key.descending, key.columns) for key in ranking.keys]
    assert told == [
        ("pb / roe", True, ("pb", "roe")),
        ("coalesce(pe_ttm, 1)", False, ("pe_ttm",)),
    ]


# against the plain evaluator

CONSTANTS = (0.0, 1.0, -1.0, 0.5, 2.0, 15.0, -0.3, 1e15)
VALUES = (NAN, 0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 15.0, 1e308, -1e308, 1e-308)
WORDS = ("传媒", "传媒业", "a'b", "a%b", "ab", "", None)


def make_table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    rows = 60
    table: dict[str, Any] = {name: rng.choice(VALUES, rows) for name in NUMBERS}
    for name in ("name", "sector"):
        table[name] = rng.choice(np.array(WORDS, dtype=object), rows)
    return table


TABLE = make_table()
ROWS = [
    {name: None if value != value else value for name, value in zip(TABLE, values, strict=True)}  # noqa: PLR0124
    for values in zip(*(column.tolist() for column in TABLE.values()), strict=True)
]

texts = st.one_of(
    st.sampled_from(["name", "sector"]).map(lambda name: ("col", name)),
    st.sampled_from(["传媒", "ab", "a'b", ""]).map(lambda text: ("const", text)),
)
leaves = st.one_of(
    st.sampled_from(NUMBERS).map(lambda name: ("col", name)),
    st.sampled_from(CONSTANTS).map(lambda number: ("const", number)),
)


def grow_numbers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    two = st.sampled_from(["+", "-", "*", "/", "power", "greatest", "least", "coalesce"])
    one = st.sampled_from(["neg", "abs", "ln", "sqrt"])
    tests = st.tuples(st.sampled_from([">", "="]), inner, inner)
    return st.one_of(
        st.tuples(two, inner, inner),
        st.tuples(one, inner),
        st.tuples(st.just("round"), inner, st.integers(-2, 2)),
        st.tuples(st.just("case"), tests, inner, inner),
        st.tuples(st.just("if"), tests, inner),
    )


numbers = st.recursive(leaves, grow_numbers, max_leaves=6)


def grow_truths(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.sampled_from(["and", "or", "coalesce"]), inner, inner),
        st.tuples(st.sampled_from(["not", "null"]), inner),
        st.tuples(st.just("case"), inner, inner, inner),
    )


truths = st.recursive(
    st.one_of(
        st.tuples(st.sampled_from(list(naive.ORDERS)), numbers, numbers),
        st.tuples(st.sampled_from(list(naive.ORDERS)), texts, texts),
        st.tuples(
            st.sampled_from(["between", "outside", "in", "not in"]), numbers, numbers, numbers
        ),
        st.tuples(st.sampled_from(["in", "not in"]), texts, texts, texts),
        st.tuples(st.sampled_from(["null", "known"]), st.one_of(numbers, texts)),
        st.tuples(st.sampled_from(["contains", "starts_with", "ends_with"]), texts, texts),
        st.tuples(
            st.just("like"), st.just(("col", "name")), st.sampled_from(["%媒", "a_b", "%", ""])
        ),
        st.sampled_from([True, False]).map(lambda truth: ("const", truth)),
    ),
    grow_truths,
    max_leaves=4,
)


def letters(trees: list[naive.Tree]) -> list[list[str]]:
    names = {True: "met", False: "failed", None: "missing"}
    return [[names[naive.evaluate(tree, row)] for row in ROWS] for tree in trees]  # type: ignore[index]


def flatten(tree: naive.Tree) -> list[naive.Tree]:
    """The terms joined by AND at the top, without NOT where they can do without."""
    tree = naive.simplify(tree)
    if tree[0] != "and":
        return [tree]
    return list(itertools.chain.from_iterable(map(flatten, tree[1:])))


@settings(max_examples=150)
@given(truths)
def test_random_conditions_are_judged_as_by_the_plain_evaluator(tree: naive.Tree) -> None:
    condition = parse_condition(naive.write(tree), KNOWN)
    verdicts = judge(condition, TABLE)
    parts = flatten(tree)
    assert verdicts.outcome.tolist() == letters(parts)
    margins = [[naive.margin(part, row) for row in ROWS] for part in parts]
    np.testing.assert_array_equal(verdicts.margin, margins)
    assert verdicts.passed.tolist() == [naive.evaluate(tree, row) is True for row in ROWS]
    # its own spelling, with the fewest parentheses, means the same and is kept
    again = parse_condition(" AND ".join(f"({part.text})" for part in condition.parts), KNOWN)
    assert again.parts == condition.parts


@settings(max_examples=100)
@given(numbers.filter(lambda tree: "col" in repr(tree)), st.booleans())
def test_random_rankings_order_as_python_sorts(tree: naive.Tree, descending: bool) -> None:  # noqa: FBT001
    symbols = [f"{number * 7 % len(ROWS):03d}" for number in range(len(ROWS))]
    shares = {**TABLE, "symbol": np.array(symbols, dtype=object)}
    keys = [naive.evaluate(tree, row) for row in ROWS]
    known = [row for row in range(len(ROWS)) if keys[row] is not None]
    known.sort(key=lambda row: (-keys[row] if descending else keys[row], symbols[row]))  # type: ignore[operator]
    unknown = sorted(set(range(len(ROWS))) - set(known), key=lambda row: symbols[row])
    text = f"{naive.write(tree)} {'DESC' if descending else 'ASC'}"
    assert ranked(text, shares) == known + unknown
