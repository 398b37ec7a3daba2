"""Messages in parts, addresses that are not shown, and the record of what was sent."""

import json
import os
import re
import stat
import traceback
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from backtests.delivery.addresses import Address, load_addresses
from backtests.delivery.dialects import measure, plain, write_message
from backtests.delivery.folders import failed_folders_in, newest_folders, record_of
from backtests.delivery.graphemes import clusters, width
from backtests.delivery.record import Entry, append_entry, delivered_parts, read_record
from backtests.delivery.services import load_services
from backtests.delivery.split import split_message
from universes import InputError

SERVICES = load_services()
LIMITED = [service for service in SERVICES.values() if service.limit]

# --- parts ---

NUMBER = re.compile(r"^(?:# .* )?\((\d+)/(\d+)\)\n\n")


def bodies(parts: list[str]) -> list[str]:
    """Parts without title and number, which are checked to count up."""
    if len(parts) == 1:
        return parts
    for place, part in enumerate(parts, start=1):
        found = NUMBER.match(part)
        assert found
        assert (int(found[1]), int(found[2])) == (place, len(parts))
    return [NUMBER.sub("", part) for part in parts]


def table(rows: int, cell: str = "中际旭创") -> str:
    lines = [f"| {n} | {cell} | +{n}.5% |" for n in range(rows)]
    return "\n".join(["| # | 名称 | 收益 |", "| --- | --- | ---: |", *lines])


def test_a_message_that_fits_is_sent_as_it_is() -> None:
    message = "# 周报\n\n第一段\n\n- 一\n- 二"
    assert split_message(message, 1000) == [message]


def test_the_limit_itself_still_fits_and_one_byte_less_does_not() -> None:
    message = "# 周报\n\n第一段\n\n第二段"
    assert len(split_message(message, len(message.encode()))) == 1
    assert len(split_message(message, len(message.encode()) - 1)) == 2


def test_every_part_has_the_title_and_its_number() -> None:
    parts = split_message(f"# 周报\n\n{'甲' * 30}\n\n{'乙' * 30}\n\n{'丙' * 30}", 120)
    assert [part.splitlines()[0] for part in parts] == [
        "# 周报 (1/3)",
        "# 周报 (2/3)",
        "# 周报 (3/3)",
    ]


def test_a_title_that_takes_a_quarter_of_a_part_is_told_once() -> None:
    parts = split_message(f"# {'长' * 30}\n\n{'甲' * 30}\n\n{'乙' * 30}", 200)
    assert parts[0].startswith(f"(1/{len(parts)})\n\n# {'长' * 30}")
    assert "".join(parts).count("长" * 30) == 1


def test_ten_parts_leave_room_for_two_digits() -> None:
    parts = split_message("\n\n".join(f"{n:02}{'x' * 30}" for n in range(12)), 42)
    assert len(parts) == 12
    assert max(len(part) for part in parts) <= 42


def test_a_part_ends_before_a_heading_rather_than_at_the_last_paragraph_that_fits() -> None:
    message = "# T\n\n" + "a" * 40 + "\n\n## Second\n\n" + "b" * 20 + "\n\n" + "c" * 40
    first, second = bodies(split_message(message, 90))
    assert first == "a" * 40
    assert second.startswith("## Second\n\n" + "b" * 20)


def test_a_heading_is_not_left_at_the_foot_of_a_part() -> None:
    message = "# T\n\n" + "a" * 40 + "\n\n## Second\n\n" + "b" * 40
    first, second = bodies(split_message(message, 80))
    assert (first, second) == ("a" * 40, "## Second\n\n" + "b" * 40)


def test_a_part_is_rather_short_than_ended_by_a_heading() -> None:
    message = f"# T\n\nshort\n\n## {'h' * 40}\n\n{'b' * 40}"
    assert bodies(split_message(message, 96)) == ["short", f"## {'h' * 40}\n\n{'b' * 40}"]


def test_a_part_ends_after_a_paragraph_rather_than_within_a_list() -> None:
    items = "\n".join(f"- {'x' * 10}{n}" for n in range(6))
    first, *_ = bodies(split_message(f"# T\n\n{'a' * 40}\n\n{items}", 90))
    assert first == "a" * 40


def test_a_list_is_cut_between_items_and_an_item_keeps_its_lines() -> None:
    items = "\n".join(f"- item {n}\n  more of {n}" for n in range(8))
    parts = bodies(split_message(f"# T\n\n{items}", 80))
    assert "\n".join(parts) == items
    assert all(part.startswith("- item") for part in parts)


def test_a_table_that_goes_on_has_its_header_again_and_every_row_once() -> None:
    message = f"# 周报\n\n{table(40)}"
    parts = bodies(split_message(message, 300))
    assert len(parts) > 2
    head = table(0)
    assert all(part.startswith(f"{head}\n") for part in parts)
    rows = [line for part in parts for line in part.removeprefix(head).splitlines() if line]
    assert rows == table(40).splitlines()[2:]


def test_two_tables_in_one_part_keep_a_header_each() -> None:
    message = f"# T\n\n{table(2)}\n\n{table(2, '腾讯控股')}"
    assert split_message(message, 1000) == [message]


def test_text_right_below_a_table_is_none_of_its_rows() -> None:
    assert split_message(f"{table(1)}\ntext", 1000) == [f"{table(1)}\n\ntext"]


def test_a_row_longer_than_a_part_is_shortened_and_that_is_said() -> None:
    long = "| 1 | " + "很长的理由" * 40 + " | 2.5% |"
    parts = split_message(f"| # | 理由 | 收益 |\n|---|---|---|\n{long}", 200, shortened="有删节")
    assert max(len(part.encode()) for part in parts) <= 200
    joined = "\n".join(bodies(parts))
    assert re.search(r"\| 1 \| (很长的理由)+[很长的理由]*… \| 2.5% \|", joined)
    assert joined.endswith("有删节")
    assert joined.count("有删节") == 1


def test_nothing_is_said_of_shortening_where_nothing_was_shortened() -> None:
    assert "有删节" not in "".join(split_message(table(40), 200, shortened="有删节"))


def test_a_table_too_wide_for_any_part_is_refused_with_a_remedy() -> None:
    columns = "|".join("c" * 20)
    with pytest.raises(InputError, match=r"20 columns.*larger limit"):
        split_message(f"|{columns}|\n|{'---|' * 20}\n|{columns}|", 60)


def test_a_long_line_is_cut_after_a_sentence_then_at_a_space() -> None:
    chinese = "甲" * 18 + "。" + "乙" * 20
    assert bodies(split_message(chinese, 90)) == ["甲" * 18 + "。", "乙" * 20]
    english = "The price rose by 3.14 percent over the week of the report"
    first, *_ = bodies(split_message(english, 40))
    assert first == "The price rose by 3.14 percent "


def test_a_decimal_point_ends_no_sentence() -> None:
    parts = bodies(split_message("x" * 24 + "3.14159265358979", 36))
    assert not parts[0].endswith("3.")


def test_a_cut_spares_what_a_reader_sees_as_one_character() -> None:
    families = "👨‍👩‍👧" * 30
    flags = "🇨🇳" * 40
    accents = "e\u0301" * 100
    for text, one in ((families, "👨‍👩‍👧"), (flags, "🇨🇳"), (accents, "e\u0301")):
        parts = bodies(split_message(text, 100))
        assert len(parts) > 1
        assert "".join(parts) == text
        assert all(part == one * (len(part) // len(one)) for part in parts)


def test_a_limit_that_no_text_fits_is_refused() -> None:
    with pytest.raises(InputError, match="larger limit"):
        split_message("# T\n\nsome text that does not fit", 8)


WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), exclude_characters="|\\"
    ),
    min_size=1,
    max_size=30,
)
LINES = WORDS.map(lambda text: f"x{text}")


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A message and its content: lines, items and rows in their order."""
    blocks, content = [], []
    for kind in draw(st.lists(st.sampled_from(["para", "list", "table", "head"]), max_size=8)):
        texts = draw(st.lists(LINES, min_size=1, max_size=6))
        if kind == "head":
            lines = [f"## {texts[0]}"]
        elif kind == "para":
            lines = [" ".join(texts)]
        elif kind == "list":
            lines = [f"- {text}" for text in texts]
        else:
            lines = [f"| {text} | {len(text)} |" for text in texts]
        content += lines
        head = ["| 名称 | n |", "| --- | ---: |"] if kind == "table" else []
        blocks.append("\n".join([*head, *lines]))
    title = draw(st.sampled_from(["# 周报\n\n", "# T\n\n", ""]))
    return title + "\n\n".join(["开头", *blocks]), ["开头", *content]


def squeezed(text: str) -> str:
    """Text without the spaces and line ends at which parts are joined."""
    return re.sub(r"\s+", "", text)


@given(messages(), st.integers(150, 600))
def test_parts_fit_and_together_hold_every_row_and_line_once(
    message: tuple[str, list[str]], limit: int
) -> None:
    markdown, content = message
    parts = split_message(markdown, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    heads = ("| 名称 | n |", "| --- | ---: |")
    lines = [line for part in bodies(parts) for line in part.splitlines() if line not in heads]
    kept = [line for line in lines if line and not (len(parts) == 1 and line.startswith("# "))]
    assert squeezed("".join(kept)) == squeezed("".join(content))
    rows = [line for line in content if line.startswith("| ")]
    assert [line for line in kept if line.startswith("| ")] == rows


@pytest.mark.parametrize("service", LIMITED, ids=lambda each: each.id)
@given(message=messages())
def test_parts_fit_in_the_unit_each_service_counts(service, message) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    small = replace(service, limit=900)
    parts = split_message(message[0], 900, lambda part: measure(part, small))
    assert all(measure(part, small) <= 900 for part in parts)


@pytest.mark.parametrize("one", ["👨‍👩‍👧", "🇨🇳", "👍🏽", "1️⃣", "e\u0301", "🏴\U000e0067\U000e007f"])
def test_what_a_reader_sees_as_one_character_is_one_piece(one: str) -> None:
    assert clusters(f"x{one}{one}中") == ["x", one, one, "中"]


@given(st.text(max_size=60))
def test_clusters_join_to_the_text_and_none_begins_with_a_mark(text: str) -> None:
    found = clusters(text)
    assert "".join(found) == text
    assert not any(unicodedata.combining(cluster[0]) for cluster in found[1:])


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("中际", 4), ("ｆ", 2), ("e\u0301", 1), ("…", 1)]
)
def test_width_counts_two_columns_for_a_chinese_character(text: str, columns: int) -> None:
    assert width(text) == columns


# --- dialects ---

MIXED = """# 周报 W47

本周 **28** 只，`a_b` 见 [报告](https://x.y/a_b)。A & B < C
第二行

## 涨跌

| 名称 | 代码 | 收益 |
| --- | --- | ---: |
| 中际旭创 | 300308.SZ | +3.2% |
| 甲\\|乙 | A | |

- 一
- 二
"""


def shown(service: str) -> str:
    return write_message(MIXED, SERVICES[service]).body


def test_a_table_becomes_list_lines_where_none_is_shown() -> None:
    assert "• 中际旭创: 代码 300308.SZ; 收益 +3.2%\n• 甲|乙: 代码 A\n" in shown("wecombot")
    assert "- **中际旭创**: 代码 300308.SZ; 收益 +3.2%" in shown("dingtalk")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("|  | **全部** | +1 |", "• 全部: 收益 +1"),
        ("| a | b | c | d |", "• a: 名称 b; 收益 c; d"),
        ("| a |", "• a"),
        ("|  |  |  |", "• –"),
    ],
)
def test_a_list_line_leads_with_the_first_value_and_leaves_out_what_is_empty(
    row: str, line: str
) -> None:
    table = f"| 代码 | 名称 | 收益 |\n|---|---|---|\n{row}"
    assert write_message(table, SERVICES["wecombot"]).body == line


def test_text_without_markup_loses_the_marks_and_nothing_else() -> None:
    assert shown("feishu").startswith(
        "【周报 W47】\n\n本周 28 只，a_b 见 报告 (https://x.y/a_b)。A & B < C\n第二行\n\n【涨跌】"
    )


def test_a_block_aligns_chinese_and_numbers_to_the_right() -> None:
    aligned = "名称      代码        收益\n中际旭创  300308.SZ  +3.2%\n甲|乙     A"
    assert f"<pre>{aligned}</pre>" in shown("tgram")
    assert f"```\n{aligned}\n```" in shown("slack")


def test_the_title_stands_apart_or_within_but_once() -> None:
    assert write_message(MIXED, SERVICES["dingtalk"]).title == "周报 W47"
    assert "W47" not in shown("dingtalk")
    assert write_message(MIXED, SERVICES["wecombot"]).title == ""


def test_lines_of_a_paragraph_stay_lines_in_markdown() -> None:
    assert "A & B < C  \n第二行\n" in shown("dingtalk")


def test_no_text_of_a_message_is_a_tag_in_mail() -> None:
    page = write_message("# T\n\n<script>x</script> & <b>y</b>", SERVICES["mailto"]).body
    assert page == "<p>&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;y&lt;/b&gt;</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a** *b* __c__ _d_", "a b c d"),
        ("snake_case_name 3 * 4 * 5", "snake_case_name 3 * 4 * 5"),
        ("`**x**`", "**x**"),
        (r"\*a\* a\|b", "*a* a|b"),
        (r"`a\|b` and `c`", "a|b and c"),
        ("[n](https://x.y/_a_)", "n (https://x.y/_a_)"),
    ],
)
def test_marks_are_taken_off_text_and_code_keeps_its_own(text: str, expected: str) -> None:
    assert plain(text.replace(r"`a\|b`", "`a|b`")) == expected


# --- addresses ---

URLS = {
    "mailto": "mailtos://user:SEKRETpass@example.com?smtp=mail.example.com&to=who@example.com",
    "dingtalk": "dingtalk://SEKRETsign@SEKRETtoken",
    "feishu": "feishu://SEKRETtoken",
    "wecombot": "wecombot://SEKRET-key",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/SEKRETlazkcOXrIdevi7FQ/#week",
    "tgram": "tgram://123456789:SEKRETfg_hijklmnop/12315544/",
}


def write_notify(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "notify.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def told(error: BaseException) -> str:
    """All that a user could come to see of an error, its trace and its causes included."""
    chain = "".join(traceback.format_exception(error, chain=True))
    links = []
    while error is not None:
        links.append(f"{error!r} {error}")
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return chain + "".join(links)


def test_addresses_come_from_the_environment_in_their_order(tmp_path: Path) -> None:
    found = load_addresses({"SCREENER_NOTIFY": "\n".join(URLS.values())}, tmp_path)
    assert [each.service.schemes[0] for each in found] == list(URLS)
    assert [each.url for each in found] == list(URLS.values())


def test_an_address_shows_its_service_and_label_only(tmp_path: Path) -> None:
    for each in load_addresses({"SCREENER_NOTIFY": " ".join(URLS.values())}, tmp_path):
        assert "SEKRET" not in f"{each} {each!r} {[each]} {each.digest}"
        assert each.label in repr(each)


def test_the_file_in_the_home_folder_is_read_with_labels_and_languages(tmp_path: Path) -> None:
    write_notify(
        tmp_path,
        f'[[address]]\nurl = "{URLS["feishu"]}"\nlabel = "研究组"\nlanguage = "zh"\n'
        f'[[address]]\nurl = "{URLS["wecombot"]}"\n',
    )
    found = load_addresses({}, tmp_path)
    assert [(each.label, each.language) for each in found] == [("研究组", "zh"), ("WeCom", None)]


def test_no_variable_and_no_file_are_no_addresses(tmp_path: Path) -> None:
    assert load_addresses({}, tmp_path) == ()


def test_a_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be looked at"):
        load_addresses({"SCREENER_NOTIFY_FILE": str(tmp_path / "none")}, tmp_path)


def test_both_variables_at_once_are_refused(tmp_path: Path) -> None:
    both = {"SCREENER_NOTIFY": URLS["feishu"], "SCREENER_NOTIFY_FILE": "x"}
    with pytest.raises(InputError, match="both set"):
        load_addresses(both, tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o700, 0o610])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    file = write_notify(tmp_path, f'[[address]]\nurl = "{URLS["feishu"]}"\n', mode)
    with pytest.raises(InputError) as caught:
        load_addresses({}, tmp_path)
    assert f"{mode:03o}" in caught.value.message
    assert caught.value.remedy == f"chmod 600 {file}"


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX's")
def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notify(tmp_path, f'[[address]]\nurl = "{URLS["feishu"]}"\n')
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(InputError, match="somebody else"):
        load_addresses({}, tmp_path)


def test_a_folder_or_pipe_is_no_file_of_addresses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no regular file"):
        load_addresses({"SCREENER_NOTIFY_FILE": str(tmp_path)}, tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(InputError, match="no regular file"):
        load_addresses({"SCREENER_NOTIFY_FILE": str(tmp_path / "pipe")}, tmp_path)


BAD_FILES = {
    "plain lines": f"{URLS['feishu']}\n",
    "a key without quotes": f"[[address]]\nurl = {URLS['feishu']}\n",
    "a list": f'[[address]]\nurl = ["{URLS["feishu"]}"]\n',
    "one bracket": f'[address]\nurl = "{URLS["feishu"]}"\n',
    "an unknown key": '[[address]]\nSEKRETkey = "x"\nurl = "y"\n',
    "a key that is an address": f'"{URLS["feishu"]}" = 1\n',
    "an unknown language": '[[address]]\nurl = "x"\nlanguage = "SEKRET"\n',
    "control characters": '[[address]]\nurl = "feishu://SEKRET\\u0007"\n',
    "the key twice": f'[[address]]\nurl = "{URLS["feishu"]}"\nurl = "SEKRET"\n',
    "inline": f'address = [{{ url = "{URLS["feishu"]}", SEKRET = 1 }}]\n',
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
def test_a_faulty_file_is_told_by_its_lines_and_nothing_of_it(tmp_path: Path, text: str) -> None:
    file = write_notify(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_addresses({}, tmp_path)
    assert str(file) in str(caught.value)
    assert "[[address]]" in str(caught.value)
    assert "SEKRET" not in told(caught.value)


BAD_URLS = {
    "no URL": "SEKRET",
    "an unknown service": "SEKRETservice://SEKRET",
    "a service that is not tested": "discord://4174216298/SEKRETJHMBKBQTPJHSM",
    "the vendor's own address": "https://oapi.dingtalk.com/robot/send?access_token=SEKRET",
    "a short Slack token": "slack://SEKRET",
    "a bad bot token": "tgram://SEKRET/1",
    "no chat": "tgram://123456789:SEKRETfg_hijklmnop/",
    "two chats": "tgram://123456789:SEKRETfg_hijklmnop/123/456",
    "two mailboxes": "mailto://u:SEKRET@example.com?to=a@example.com,b@example.com",
    "copies": "mailto://u:SEKRET@example.com?to=a@example.com&bcc=SEKRET@example.com",
    "failures that count for nothing": "feishu://SEKRET?optional=yes",
    "another text format": "feishu://SEKRET?format=html",
    "an option in capitals": "feishu://SEKRET?OPTIONAL=yes",
    "a template": "slack://T1JJ3T3L2/A1BRTD4JD/SEKRETlazkcOXrIdevi7FQ/?template=/etc/passwd",
    "a header": "mailto://u:SEKRET@example.com?+X-SEKRET=1",
    "brackets": "feishu://[SEKRET",
    "a password in the clear": "mailto://u:SEKRET@example.com?to=a@example.com",
}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS)
def test_an_address_that_cannot_be_used_is_told_by_its_place_alone(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    with pytest.raises(InputError, match="SCREENER_NOTIFY, address 2") as caught:
        load_addresses({"SCREENER_NOTIFY": f"{URLS['wecombot']} {url}"}, tmp_path)
    seen = told(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert "SEKRET" not in seen
    assert "passwd" not in seen


def test_the_same_address_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="twice") as caught:
        load_addresses({"SCREENER_NOTIFY": f"{URLS['feishu']} {URLS['feishu']}"}, tmp_path)
    assert "SEKRET" not in told(caught.value)


def test_addresses_that_are_called_alike_are_numbered(tmp_path: Path) -> None:
    spelled = {"SCREENER_NOTIFY": f"{URLS['feishu']} feishu://SEKRETother"}
    assert [each.label for each in load_addresses(spelled, tmp_path)] == ["Feishu", "Feishu 2"]


def test_digests_tell_addresses_apart_and_stay_the_same() -> None:
    one, two = (Address("a", SERVICES["feishu"], f"feishu://{n}") for n in "12")
    assert one.digest != two.digest
    assert one.digest == replace(one, label="b").digest
    assert re.fullmatch("[0-9a-f]{12}", one.digest)


# --- the record ---

ENTRY = Entry(
    "2026-11-21T00:37:00", "研究组", "feishu", "aa", "r/zh/2026-W47", "m1", 1, 2, "p1",
    "delivered", 1, "",
)  # fmt: skip


def test_entries_are_read_as_they_were_written(tmp_path: Path) -> None:
    record = tmp_path / "new" / "deliveries.jsonl"
    entries = (ENTRY, replace(ENTRY, part=2, status="failed", reason="HTTP 503"))
    for entry in entries:
        append_entry(record, entry)
    assert read_record(record) == entries
    assert json.loads(record.read_text(encoding="utf-8").splitlines()[0])["address"] == "研究组"


def test_no_record_is_no_entries(tmp_path: Path) -> None:
    assert read_record(tmp_path / "none.jsonl") == ()


def test_a_line_that_a_crash_cut_short_costs_no_other(tmp_path: Path) -> None:
    record = tmp_path / "deliveries.jsonl"
    append_entry(record, ENTRY)
    with record.open("ab") as file:
        file.write(b'{"time": "2026-11-2')
    assert read_record(record) == (ENTRY,)
    append_entry(record, replace(ENTRY, part=2))
    assert read_record(record) == (ENTRY, replace(ENTRY, part=2))


@pytest.mark.parametrize("line", ["{}", "[]", '{"time": 1}', "hello"])
def test_a_foreign_line_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    record = tmp_path / "deliveries.jsonl"
    record.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"deliveries\.jsonl:1"):
        read_record(record)


def test_a_part_counts_as_delivered_for_its_address_and_report_only() -> None:
    entries = (
        ENTRY,
        replace(ENTRY, part_digest="p2", status="failed"),
        replace(ENTRY, part_digest="p3", address_digest="bb"),
        replace(ENTRY, part_digest="p4", report_digest="m2"),
    )
    assert delivered_parts(entries, "aa", "m1") == {"p1"}


def test_a_failure_made_good_later_is_not_retried(tmp_path: Path) -> None:
    failed = replace(ENTRY, status="failed", reason="x")
    for entry in (
        failed,
        replace(failed, folder="r/zh/2026-W46"),
        replace(failed, folder="r/zh/2026-W46", address_digest="bb"),
        replace(ENTRY, folder="r/zh/2026-W46"),
        ENTRY,
    ):
        append_entry(tmp_path / "deliveries.jsonl", entry)
    assert failed_folders_in(tmp_path) == {tmp_path / "r/zh/2026-W46": {"bb"}}


def test_the_newest_week_of_each_report_and_language_is_found(tmp_path: Path) -> None:
    for name in ("a/zh/2026-W09", "a/zh/2026-W10", "a/en/2025-W52", "b/zh/2026-W01"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "message.md").write_text("x", encoding="utf-8")
    expected = ["a/en/2025-W52", "a/zh/2026-W10", "b/zh/2026-W01"]
    assert [str(each.relative_to(tmp_path)) for each in newest_folders(tmp_path)] == expected
    assert newest_folders(tmp_path / "a/zh/2026-W09") == (tmp_path / "a/zh/2026-W09",)
    assert record_of(tmp_path / "a/zh/2026-W09") == (tmp_path / "deliveries.jsonl").resolve()
    with pytest.raises(InputError, match="no report"):
        newest_folders(tmp_path / "c")


# --- the commands ---


def test_the_list_of_addresses_is_masked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notify(tmp_path, f'[[address]]\nurl = "{URLS["dingtalk"]}"\nlabel = "研究组"\n')
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("SCREENER_NOTIFY_FILE", str(file))
    done = run("deliver", "list")
    assert (done.code, done.out) == (0, "研究组  DingTalk  zh, en  dingtalk://***\n")


def test_no_address_is_bad_input_with_a_remedy(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    monkeypatch.delenv("SCREENER_NOTIFY", raising=False)
    done = run("deliver", "send", str(tmp_path))
    assert done.code == 2
    assert "SCREENER_NOTIFY" in done.err
