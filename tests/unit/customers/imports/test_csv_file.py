"""Hostile and broken files: each row its reason, the rest goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.customers.imports.csv_file import (
    MAX_LINE,
    Broken,
    Cells,
    look_at,
    open_text,
    read_header,
    rows,
)

KNOWN = {"id": "id", "编号": "id", "amount": "amount", "金额": "amount", "note": "note"}


def read(path: Path, data: bytes, encoding: str | None = None) -> tuple[str, list[Cells | Broken]]:
    path.write_bytes(data)
    looked = look_at(path, encoding)
    with open_text(path, looked.encoding) as file:
        return looked.encoding, list(rows(file, read_header(file, KNOWN, ["id"])))


def told(found: list[Cells | Broken]) -> list[tuple[int, object]]:
    return [(r.line, r.reason.code if isinstance(r, Broken) else r.cells) for r in found]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_have_the_line_they_begin_at(path: Path, end: str) -> None:
    lines = ["", "id,amount,note", 'a,1,"two', 'lines"', "", "b,2,", " ,, ", "c,3,'=1+1"]
    _, found = read(path, end.join(lines).encode())
    assert told(found) == [
        (3, ("a", "1", "two\nlines")),
        (6, ("b", "2", "")),
        (8, ("c", "3", "=1+1")),
    ]


def test_a_quote_that_nobody_closes_costs_its_line_alone(path: Path) -> None:
    body = "".join(f"{n},{n}\n" for n in range(3000))
    _, found = read(path, f'id,amount\nx,1\ny,"2\n{body}z,"3'.encode())
    assert len(found) == 3003
    assert told(found)[1] == (3, "row.open_quote")
    assert told(found)[-1] == (3004, "row.open_quote")
    assert told(found)[2] == (4, ("0", "0"))


def test_a_quote_that_closes_lines_below_swallows_none_of_them(path: Path) -> None:
    _, found = read(path, b'id,amount\na,"1\nb,2\nc,"3\nd,4\n')
    assert told(found) == [
        (2, "row.open_quote"),
        (3, ("b", "2")),
        (4, "row.open_quote"),
        (5, ("d", "4")),
    ]


def test_what_no_row_can_be(path: Path) -> None:
    long = "x" * (MAX_LINE + 10)
    cell = "y" * 5000
    _, found = read(path, f"id,amount\na,1,2,3\n{long}\nb,{cell}\nc\x00,4\n".encode())
    assert told(found) == [
        (2, "row.too_many_cells"),
        (3, "row.too_long"),
        (4, "row.long_cell"),
        (5, ("c", "4")),
    ]


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_found_out(path: Path, name: str) -> None:
    encoding, found = read(path, "编号,金额\n客户一,1\n客户二,2\n".encode(name))
    assert encoding == name
    assert told(found) == [(2, ("客户一", "1")), (3, ("客户二", "2"))]


def test_western_text_is_not_taken_for_chinese(path: Path) -> None:
    encoding, found = read(path, "id,amount\nMüller,1\nPeña,2\n".encode("cp1252"))
    assert (encoding, told(found)[0]) == ("cp1252", (2, ("Müller", "1")))


def test_one_broken_row_does_not_change_the_encoding_of_the_others(path: Path) -> None:
    good = "".join(f"客户{n},1\n" for n in range(30)).encode()
    encoding, found = read(path, b"id,amount\n" + good + b"\xff\xfe\xfa,2\n" + "尾,3".encode()[:-3])
    assert encoding == "utf-8"
    assert [row for row in told(found) if isinstance(row[1], str)] == [
        (32, "row.encoding"),
        (33, "row.encoding"),
    ]


def test_a_file_that_is_no_table_is_refused_as_a_whole(path: Path) -> None:
    for data, code in (
        (b"", "import.empty"),
        (b"\n \n", "import.empty"),
        (b"name,phone\n", "import.no_columns"),
        (bytes(range(256)) * 10, "import.no_columns"),
    ):
        with pytest.raises(Invalid) as refused:
            read(path, data)
        assert refused.value.reason == code
    with pytest.raises(Invalid):
        read(path, b"id\n1\n", "klingon")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found_out(path: Path, separator: str) -> None:
    _, found = read(path, separator.join(["id", "amount"]).encode() + f"\na{separator}1\n".encode())
    assert told(found) == [(2, ("a", "1"))]
