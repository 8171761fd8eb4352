"""Reading a file of customers: encodings, headers in two languages, refusals with every reason."""

import codecs

import pytest

from hub.core.errors import Invalid
from hub.customers.imports.encoding import decode
from hub.customers.imports.file import look_at
from hub.customers.imports.mapping import check_columns, columns_of
from hub.customers.imports.model import Column, ImportRow, Refused
from hub.customers.imports.outcome import Outcome
from hub.customers.imports.refused import refused_sheet
from tests.unit.customers.imports.build import rows_of_file


def rows_of(text: str, encoding: str = "utf-8") -> list[ImportRow | Refused]:
    return rows_of_file(text.encode(encoding))


def only_row(text: str) -> ImportRow:
    [row] = rows_of(text)
    assert isinstance(row, ImportRow), row
    return row


def only_refusal(text: str) -> list[str]:
    [row] = rows_of(text)
    assert isinstance(row, Refused), row
    return [reason.code for reason in row.reasons]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encodings_of_spreadsheets_are_recognised(encoding: str) -> None:
    text = "姓名,电话,备注\n陈小明,13800138000,请下午六点以后联系，谢谢\n"
    assert decode(text.encode(encoding))[0].removeprefix("\ufeff") == text


def test_western_text_is_not_taken_for_chinese() -> None:
    assert decode("name\nJürgen Müller\nÅse Bjørnsdóttir".encode("cp1252"))[1] == "cp1252"


@pytest.mark.parametrize(("many", "few"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
@pytest.mark.parametrize("rows", [1, 3, 9])
def test_a_row_in_another_encoding_does_not_decide_for_the_others(
    many: str, few: str, rows: int
) -> None:
    head = b"name,phone\n"
    good = [f"张伟{n},1380013800{n}\n".encode(many) for n in range(rows + 1)]
    data = head + b"".join(good) + "李雷,13900139000\n".encode(few)
    assert look_at(data).encoding == many
    if many == "utf-8":  # nearly any bytes are text in GB18030
        read = rows_of_file(data)
        assert [isinstance(row, Refused) for row in read] == [False] * (rows + 1) + [True]


def test_a_broken_line_makes_no_western_text_of_chinese() -> None:
    data = "姓名,电话\n".encode("gb18030") + b"\xff\xfe\xff,13800138000\n"
    assert look_at(data).encoding == "gb18030"


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    form = look_at(codecs.BOM_UTF8 + "姓名\n陈".encode())
    assert columns_of(form.header) == {0: Column.NAME}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("姓名", Column.NAME),
        ("客户 名称*", Column.NAME),
        ("手机号（必填）", Column.PHONE),
        ("Phone Number", Column.PHONE),
        ("E-Mail", Column.EMAIL),
        ("电子邮箱：", Column.EMAIL),
        ("客户等级", Column.TIER),
        ("Company", Column.ORGANISATION),
        ("客户编号", Column.EXTERNAL_ID),
        ("備註", Column.NOTE),
    ],
)
def test_headers_are_understood_as_people_write_them(header: str, column: Column) -> None:
    assert columns_of(look_at(f"姓名,{header}\n".encode()).header)[1] == column


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    text = (
        separator.join(["name", "phone", "x"]) + "\n" + separator.join(["Ann", "13800138000", ""])
    )
    assert only_row(text).name == "Ann"


def test_a_row_becomes_a_customer_with_all_its_addresses() -> None:
    row = only_row(
        "姓名,手机,座机,邮箱,等级,语言,公司,职务\n"
        "陈小明,13800138000,010-88886666转12,chen@example.com,Gold,中文,蓝天,采购\n"
    )
    assert [a.value for a in row.addresses] == [
        "+8613800138000",
        "+861088886666;ext=12",
        "chen@example.com",
    ]
    assert (row.tier, row.language, row.organisation, row.role) == ("gold", "zh-CN", "蓝天", "采购")


def test_two_numbers_in_one_cell_are_two_addresses() -> None:
    row = only_row('name,phone\nAnn,"13800138000、010-88886666"\n')
    assert [a.value for a in row.addresses] == ["+8613800138000", "+861088886666"]


def test_every_fault_of_a_row_is_named_at_once() -> None:
    codes = only_refusal("name,phone,email,tier\nAnn,12,nobody,platinum\n")
    assert codes == ["number.not_one", "email.no_at", "tier.unknown"] or codes == [
        "number.impossible",
        "email.no_at",
        "tier.unknown",
    ]


def test_a_row_of_nobody_is_refused_and_an_empty_one_is_passed_over() -> None:
    text = "name,phone,note\n,,\n,,only a note\n"
    assert only_refusal(text) == ["row.nobody"]


def test_an_address_twice_in_the_file_names_the_first_line() -> None:
    first, second = rows_of("name,phone\nAnn,13800138000\nBen,+86 138 0013 8000\n")
    assert isinstance(first, ImportRow)
    assert isinstance(second, Refused)
    assert "line 2" in second.reasons[0].text


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    text = 'name,note\nAnn,"two\nlines"\n\nBen,\n,only a note\n'
    assert [row.line for row in rows_of(text)] == [2, 5, 6]


def test_too_many_cells_mean_the_columns_moved() -> None:
    assert only_refusal("name,phone\nAnn,,13800138000\n") == ["row.too_many_cells"]


@pytest.mark.parametrize("text", ["", "\n\n", "foo,bar\n1,2\n"])
def test_a_file_without_known_columns_says_what_it_needs(text: str) -> None:
    def look() -> None:
        form = look_at(text.encode())
        check_columns(columns_of(form.header), form.header)

    with pytest.raises(Invalid):
        look()


def test_a_wrong_encoding_is_said_so() -> None:
    with pytest.raises(Invalid):
        look_at("姓名".encode(), "ascii")


def test_refused_rows_come_back_mendable_and_harmless() -> None:
    data = b'name,phone,email\n=cmd(),+86 12,"x"\n'
    refused = [row for row in rows_of_file(data) if isinstance(row, Refused)]
    report = refused_sheet(look_at(data).header, map(Outcome.of_refused, refused))
    assert "'=cmd()" in report
    assert report.splitlines()[0] == "line,reasons,name,phone,email"
    [row] = rows_of_file(report.encode())
    assert row.cells[2] == "=cmd()"
