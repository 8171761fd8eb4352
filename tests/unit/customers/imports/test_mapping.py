"""What columns hold, which earlier row a row is about, what a reason says in two languages."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.customers.imports.file import look_at, read_records
from hub.customers.imports.mapping import columns_of, read_columns
from hub.customers.imports.model import BatchMoved, BatchState, Column, ImportRow, Reason, Refused
from hub.customers.imports.model import check_move as check_state
from hub.customers.imports.reading import Pace, Reading
from hub.customers.imports.say import say
from tests.unit.customers.imports.build import rows_of_file

PACKAGE = Path(__file__).parents[4] / "hub" / "customers"


def test_somebody_says_what_the_columns_hold() -> None:
    header = ("Who", "Number", "x")
    assert read_columns(["name", "phone", ""], header) == {0: Column.NAME, 1: Column.PHONE}
    for said in (["name"], ["name", "phone", "shoe size"], ["note", "", ""]):
        with pytest.raises(Invalid):
            read_columns(said, header)


def test_a_row_about_the_same_person_completes_the_first() -> None:
    first, again, more = rows_of_file(
        b"name,phone,email\nAnn,13800138000,\nAnn,13800138000,\nann,13800138000,a@x.cn\n"
    )
    assert isinstance(first, ImportRow)
    assert isinstance(again, ImportRow)
    assert isinstance(more, ImportRow)
    assert (first.same_as, again.same_as, more.same_as) == (None, 2, 2)
    assert (again.brings, more.brings) == (False, True)


@pytest.mark.parametrize(
    "row",
    [
        "Ben,13800138000,,",  # another name
        "Ann,13800138000,,C-2",  # another id
        "Ann,13800138000,b@x.cn,",  # of two rows before
    ],
)
def test_a_row_about_somebody_else_with_the_same_address_is_refused(row: str) -> None:
    *_, last = rows_of_file(
        f"name,phone,email,id\nAnn,13800138000,,C-1\nBob,,b@x.cn,C-3\n{row}\n".encode()
    )
    assert isinstance(last, Refused)
    assert [why.code for why in last.reasons] == ["row.duplicate"]
    assert "2" in last.reasons[0].detail


def test_a_name_alone_twice_is_one_customer() -> None:
    first, again = rows_of_file(b"name,phone,note\nAunt Wang,,a\nAunt Wang,,b\n")
    assert isinstance(first, ImportRow)
    assert isinstance(again, ImportRow)
    assert again.same_as == first.line


def test_mails_in_one_cell_are_several_addresses() -> None:
    [row] = rows_of_file(b'name,email\nAnn,"a@x.cn; b@x.cn"\n')
    assert isinstance(row, ImportRow)
    assert [address.value for address in row.addresses] == ["a@x.cn", "b@x.cn"]


def test_utf_16_without_a_mark_is_found() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        data = "name,phone\nAnn,13800138000\n".encode(encoding)
        assert look_at(data).encoding == encoding


def test_a_line_without_end_is_one_refused_row() -> None:
    data = b"name,phone\n" + b"x" * 3_000_000 + b"\nAnn,13800138000\n"
    first, second = rows_of_file(data)
    assert isinstance(first, Refused)
    assert isinstance(second, ImportRow)


def test_lines_before_the_header_count() -> None:
    data = b"\n\nname,phone\nAnn,1\n"
    assert [row.line for row in read_records(data, look_at(data))] == [4]


def test_a_row_in_another_encoding_costs_itself_alone() -> None:
    """One broken character does not turn the names of all others into other characters."""
    people = "".join(f"陈{n},c{n}@x.cn\n" for n in range(30)).encode()
    *rows, broken, last = rows_of_file(
        "姓名,邮箱\n".encode() + people + b"\xc3\x28,x@x.cn\nAnn,a@x.cn\n"
    )
    assert all(isinstance(row, ImportRow) and str(row.name).startswith("陈") for row in rows)
    assert isinstance(broken, Refused)
    assert [why.code for why in broken.reasons] == ["row.encoding"]
    assert isinstance(last, ImportRow)


def test_a_quote_that_nobody_closes_costs_its_row_alone() -> None:
    data = "name,email\n" + 'Ann,"a@x.cn\n' + "".join(f"B{n},b{n}@x.cn\n" for n in range(99))
    broken, *rows = rows_of_file(data.encode())
    assert isinstance(broken, Refused)
    assert [why.code for why in broken.reasons] == ["row.open_quote"]
    assert sum(isinstance(row, ImportRow) for row in rows) == 99


def test_pieces_are_as_large_as_their_time_allows() -> None:
    pace = Pace()
    assert pace.rows == 100
    pace.took(0.010)
    assert pace.rows == 100
    pace.took(0.001)
    assert pace.rows == 125
    pace.took(0.040)
    assert pace.rows == 93
    for _ in range(30):
        pace.took(0.001)
    assert pace.rows == 500
    for _ in range(30):
        pace.took(5.0)
    assert pace.rows == 50


def test_reading_goes_on_after_a_line_and_still_knows_the_rows_before() -> None:
    data = b"name,phone\nAnn,13800138000\nBen,13900139000\nAnn,13800138000\n"
    form = look_at(data)
    columns = {0: Column.NAME, 1: Column.PHONE}
    reading = Reading(data, form, columns, region="CN", tiers=(), after_line=3)
    [row] = reading.take(10)
    assert isinstance(row, ImportRow)
    assert (row.line, row.same_as) == (4, 2)
    assert reading.take(10) == []
    reading.close()


def test_a_batch_goes_its_way_only() -> None:
    check_state(BatchState.PREVIEW, BatchState.RUNNING)
    for before, after in (
        (BatchState.PREVIEW, BatchState.UNDOING),
        (BatchState.UNDONE, BatchState.RUNNING),
        (BatchState.FAILED, BatchState.READING),  # what it wrote could not be taken back
    ):
        with pytest.raises(BatchMoved):
            check_state(before, after)


def test_every_reason_is_said_in_both_languages() -> None:
    codes: set[str] = set()
    for path in (*(PACKAGE / "imports").glob("*.py"), PACKAGE / "normalise.py"):
        text = path.read_text("utf-8")
        codes |= set(re.findall(r'"((?:row|tier|name|email|number|undo)\.[a-z_]+)"', text))
        codes |= {f"undo.{code}" for code in re.findall(r'_reason\("([a-z_]+)"', text)}
    assert len(codes) > 20
    for code in sorted(codes | {"external.empty", "external.too_long"}):
        reason = Reason(code, "in English", detail="7")
        assert say(reason, "en") == "in English"
        assert say(reason, "zh-CN") != "in English", code
        assert "{" not in say(reason, "zh-CN")


@pytest.mark.parametrize("as_cards", [False, True])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, as_cards: bool) -> None:
    """16 MiB of file in less than 3 MiB, beside what is loaded once."""
    path, photo = tmp_path / "file", "QUJD" * 750

    def row(n: int) -> str:
        if as_cards:
            return f"BEGIN:VCARD\nFN:C{n}\nEMAIL:c{n}@x.cn\nPHOTO;ENCODING=B:{photo}\nEND:VCARD\n"
        return f"C{n},c{n}@x.cn,{photo}\n"

    with path.open("w") as file:
        file.write("" if as_cards else "name,email,note\n")
        file.writelines(row(n) for n in range(5_000))
    assert path.stat().st_size > 14 << 20
    form = look_at(path)
    reading = Reading(path, form, columns_of(form.header), region="CN", tiers=())
    reading.take(200)
    tracemalloc.start()
    rows = 200
    while taken := len(reading.take(200)):
        rows += taken
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reading.close()
    assert rows == 5_000
    assert peak < 3 << 20
