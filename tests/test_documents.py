"""Reports read from files: the same paragraphs from every format, and hostile files refused."""

import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_documents import (
    Piece,
    make_docx,
    make_empty_pdf,
    make_html,
    make_markdown,
    make_pdf,
    make_text,
)

from screener.documents.document import Document
from screener.documents.limits import LARGEST_FILE
from screener.documents.read import read_document
from universes import InputError

Maker = Callable[[Sequence[Piece], Path], Path]

PIECES: list[Piece] = [
    ("heading", "传媒互联网中期策略"),
    ("paragraph", "我们认为行业的供给正在改善，头部公司的份额稳步提升，估值仍有安全边际。" * 3),
    ("item", "算力：推荐中际旭创、天孚通信等。"),
    ("item", "应用：建议关注昆仑万维（300418.SZ）。"),
    ("heading", "盈利预测"),
    ("row", "代码\t公司\t评级"),
    ("row", "300308.SZ\t中际旭创\t买入"),
    ("paragraph", "风险在于需求不及预期，以及汇率波动。"),
]
MAKERS: dict[str, Maker] = {
    "txt": make_text,
    "md": make_markdown,
    "html": make_html,
    "docx": make_docx,
    "pdf": make_pdf,
}


def told(document: Document) -> list[str]:
    """The text of each block, bullets and blanks aside."""
    texts = [document.text[block.start : block.end] for block in document.blocks]
    return ["".join(text.replace("\t", "|").split()).lstrip("-•") for text in texts]


WANTED = ["".join(text.replace("\t", "|").split()) for _, text in PIECES]


@pytest.mark.parametrize("ending", MAKERS)
def test_a_report_reads_the_same_in_every_format(ending: str, tmp_path: Path) -> None:
    document = read_document(MAKERS[ending](PIECES, tmp_path / f"report.{ending}"))
    assert told(document) == WANTED


@pytest.mark.parametrize("ending", ["md", "html", "docx", "pdf"])
def test_headings_and_rows_keep_their_kinds(ending: str, tmp_path: Path) -> None:
    document = read_document(MAKERS[ending](PIECES, tmp_path / f"report.{ending}"))
    assert [block.kind for block in document.blocks] == [kind for kind, _ in PIECES]


def test_the_content_decides_the_format_and_not_the_ending(tmp_path: Path) -> None:
    for ending, maker in MAKERS.items():
        if ending in {"txt", "md"}:
            continue
        path = maker(PIECES, tmp_path / "report.bin")
        assert told(read_document(path)) == WANTED


def test_heads_and_feet_that_repeat_are_left_out_and_pages_counted(tmp_path: Path) -> None:
    pieces: list[Piece] = []
    for own in ("游戏", "影视", "出版", "算力"):
        pieces += [("paragraph", f"{own}行业的供给在改善，{own}公司的份额在提升。"), ("page", "")]
    path = make_pdf(pieces[:-1], tmp_path / "report.pdf", head="某证券研究报告")
    document = read_document(path)
    assert document.pages == 4
    assert "某证券研究报告" not in document.text
    assert "免责声明" not in document.text
    assert [block.page for block in document.blocks] == [1, 2, 3, 4]
    assert document.text.count("\f") == 3


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    prose = "行业的供给在改善头部公司份额稳步提升估值仍有安全边际需求不及预期是主要风险汇率波动次之"
    left = [f"左栏第{n}段{prose[n:]}{prose[:n]}。" for n in range(14)]
    right = [f"右栏第{n}段{prose[n:]}{prose[:n]}。" for n in range(14)]
    pieces: list[Piece] = [("paragraph", text) for text in [*left, *right]]
    document = read_document(make_pdf(pieces, tmp_path / "report.pdf", columns=2))
    assert "".join(told(document)) == "".join(left + right)


def test_lines_that_were_wrapped_are_one_paragraph(tmp_path: Path) -> None:
    prose = (
        "国家新闻出版署发放国产游戏版号，春节档的预售已经超过去年同期，头部内容的供给在改善。" * 6
    )
    lines = [prose[n : n + 30] for n in range(0, len(prose), 30)]
    path = tmp_path / "report.txt"
    path.write_text(
        "一、行业\n\n" + "\n".join(lines) + "\n\n1）推荐中际旭创\n2）关注新易盛\n", "utf-8"
    )
    document = read_document(path)
    assert told(document) == ["一、行业", prose, "1）推荐中际旭创", "2）关注新易盛"]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "big5", "utf-16", "utf-8-sig"])
def test_encodings_are_told_apart(encoding: str, tmp_path: Path) -> None:
    text = "我们看好行业的增长，推荐中际旭创，建议关注新易盛。公司的利润率在上升。\n"
    if encoding == "big5":
        text = "我們看好行業的增長，推薦騰訊控股，建議關注美團。公司的利潤率在上升。\n"
    path = tmp_path / "report.txt"
    path.write_bytes(text.encode(encoding))
    assert read_document(path).text.strip() == text.strip()


def test_scripts_and_hidden_parts_of_a_page_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(
        "<html><body><script>document.write('推荐新易盛')</script><!-- 推荐天孚通信 -->"
        "<div style='display: none'>推荐源杰科技</div><template>推荐盛科通信</template>"
        "<p hidden>推荐昆仑万维</p><p>推荐中际旭创<b>、</b>美图</p></body></html>",
        "utf-8",
    )
    assert told(read_document(path)) == ["推荐中际旭创、美图"]


def test_a_page_nested_without_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("<html><body>" + "<div>" * 20_000 + "推荐中际旭创" + "</div>" * 20_000, "utf-8")
    assert told(read_document(path)) == ["推荐中际旭创"]


def test_what_cannot_be_seen_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("推荐中际\u200b旭\u00ad创\x07\ufeff。\n", "utf-8")
    assert read_document(path).text == "推荐中际旭创。\n"


def refusal(path: Path | str, **given: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read_document(path, **given)  # type: ignore[arg-type]
    assert caught.value.remedy
    return caught.value


def test_hostile_pdfs_are_refused_each_with_a_remedy(tmp_path: Path) -> None:
    made = make_pdf(PIECES, tmp_path / "report.pdf").read_bytes()
    locked = make_pdf(PIECES, tmp_path / "locked.pdf", password="x")  # noqa: S106 of a test
    assert "encrypted" in refusal(locked).message
    scan = refusal(make_empty_pdf(tmp_path / "scan.pdf", pages=3))
    assert "scan" in scan.message
    assert "ocrmypdf" in scan.remedy
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(made[: len(made) // 3])
    assert "damaged" in refusal(broken).message
    broken.write_bytes(b"%PDF-1.7\n" + b"\x00\xff" * 5_000)
    assert "damaged" in refusal(broken).message


def test_a_cyclic_page_tree_ends(tmp_path: Path) -> None:
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 2 >>",
        "<< /Type /Pages /Kids [2 0 R] /Count 2 /Parent 2 0 R >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, own in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{own}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(body)
    body += f"xref\n0 4\n0000000000 65535 f \n{table}trailer << /Size 4 /Root 1 0 R >>\n"
    path = tmp_path / "cyclic.pdf"
    path.write_text(f"{body}startxref\n{start}\n%%EOF\n", "latin-1")
    assert refusal(path).message


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(50 * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = refusal(path)
    assert refused.message == f"{path} is larger than 32 MB"
    assert "without its pictures" in refused.remedy
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8 * 2**10


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    refused = refusal(tmp_path)
    assert refused.message == f"{tmp_path} is a folder"
    assert "file in it" in refused.remedy


def test_standard_input_is_cut_at_the_same_size() -> None:
    stream = io.BytesIO(b"x" * (LARGEST_FILE + 5))
    assert "larger than" in refusal("-", stdin=stream).message
    assert read_document("-", stdin=io.BytesIO("推荐中际旭创\n".encode())).name == "-"


def test_hostile_word_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"<a>" + b" " * (200 * 2**20) + b"</a>")
    assert "unpacks to more" in refusal(path).message
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "entities" in refusal(path).message
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("other.xml", "<a/>")
    assert "no Word file" in refusal(path).message
    made = make_docx(PIECES, tmp_path / "report.docx").read_bytes()
    path.write_bytes(made[: len(made) // 2])
    assert refusal(path).message


def test_other_files_that_are_no_reports_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.txt").message
    assert "folder" in refusal(tmp_path).message
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b" \n\n")
    assert "no text" in refusal(empty).message
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)) * 50)
    assert refusal(noise).message
    old = tmp_path / "old.doc"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert "old Office" in refusal(old).message


@given(st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>"]), st.binary(max_size=400))
def test_whatever_is_read_has_its_blocks_in_order(begin: bytes, data: bytes) -> None:
    try:
        document = read_document("-", stdin=io.BytesIO(begin + data))
    except InputError:
        return
    last = 0
    for block in document.blocks:
        own = document.text[block.start : block.end]
        assert last <= block.start < block.end
        assert own == own.strip()
        last = block.end
    assert last <= len(document.text)


def test_no_format_s_library_is_loaded_before_a_file_asks_for_it() -> None:
    code = "import sys, screener.documents.read; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [
        name for name in ("pypdfium2", "docx", "bs4", "markdown_it") if f"'{name}'" in done.stdout
    ]
