"""Business cards as phones, Outlook and address books write them."""

from __future__ import annotations

import pytest

from hub.customers.imports.file import look_at
from hub.customers.imports.model import ImportRow, Refused
from hub.customers.imports.vcard import HEADER, MAX_PROPERTY, read_cards
from tests.unit.customers.imports.build import rows_of_file


def cards(text: str) -> list[dict[str, str]]:
    lines = text.strip().splitlines(keepends=True)
    return [dict(zip(HEADER, cells, strict=True)) for _, cells in read_cards(lines)]


def card(inner: str, version: str = "3.0") -> dict[str, str]:
    [found] = cards(f"BEGIN:VCARD\nVERSION:{version}\n{inner}\nEND:VCARD\n")
    return found


def test_a_card_of_4_0_becomes_a_row() -> None:
    found = card(
        "FN:Ann Smith\nN:Smith;Ann;;Dr.;\nORG:Firm\\, Inc.;Sales\nTITLE:Buyer\n"
        "TEL;VALUE=uri;TYPE=\"voice,work\":tel:+86-10-8888-6666;ext=12\n"
        "EMAIL;PREF=1:ann@example.com\nEMAIL:ann@home.example\nLANG;TYPE=work:en\n"
        "NOTE:Line one\\nline two\\; the end\nTEL;TYPE=fax:+861066667777",
        "4.0",
    )  # fmt: skip
    assert found == {
        "name": "Ann Smith",
        "phone": "tel:+86-10-8888-6666;ext=12",
        "email": "ann@example.com\nann@home.example",
        "fax": "+861066667777",
        "organisation": "Firm, Inc.",
        "role": "Buyer",
        "language": "en",
        "note": "Line one\nline two; the end",
    }


def test_a_card_of_a_phone_in_quoted_printable_is_read() -> None:
    found = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E9=99=88;=E6=99=93=E6=A2=85;;;\n"
        "TEL;CELL;PREF:13800138000\nTEL;WORK;FAX:010-66667777\n"
        "ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E8=93=9D=E5=A4=A9=\n=E7=94=B5=E5=99=A8",
        "2.1",
    )
    assert (found["name"], found["phone"], found["fax"]) == (
        "陈晓梅",
        "13800138000",
        "010-66667777",
    )
    assert found["organisation"] == "蓝天电器"


def test_quoted_printable_that_goes_on_without_a_mark_is_one_property() -> None:
    found = card(
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E9=99=88=E6=99=93\n=E6=A2=85\nTEL:13800138000",
        "2.1",
    )
    assert (found["name"], found["phone"]) == ("陈晓梅", "13800138000")


@pytest.mark.parametrize("charset", ["GBK", "gb2312", "GB18030"])
def test_the_charset_of_each_line_is_its_own(charset: str) -> None:
    quoted = "".join(f"={byte:02X}" for byte in "陈晓梅".encode("gbk"))
    found = card(f"FN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{quoted}", "2.1")
    assert found["name"] == "陈晓梅"


@pytest.mark.parametrize("charset", ["zip", "idna", "unicode_escape", "no-such", "", "\0"])
def test_a_charset_that_is_none_is_found_out(charset: str) -> None:
    quoted = "".join(f"={byte:02X}" for byte in "陈晓梅".encode())
    assert card(f"FN;CHARSET={charset};QUOTED-PRINTABLE:{quoted}", "2.1")["name"] == "陈晓梅"


def test_text_in_base64_is_read() -> None:
    assert card("FN;ENCODING=B;CHARSET=UTF-8:6ZmI5pmT5qKF")["name"] == "陈晓梅"


def test_folded_lines_and_groups_are_read() -> None:
    found = card("item1.TEL;type=CELL:138001\n 38000\nitem1.X-ABLabel:_$!<Mobile>!$_\nFN:An\n\tn")
    assert (found["phone"], found["name"]) == ("13800138000", "Ann")


def test_a_photo_is_passed_over_however_it_is_written() -> None:
    data = "QUJDREVG" * 9
    found = card(
        f"PHOTO;ENCODING=b;TYPE=JPEG:{data}\n {data}\n {data}\n"
        f"item2.PHOTO;ENCODING=BASE64;JPEG:\n{data}\n{data}==\n\nFN:Ann"
    )
    assert found == dict.fromkeys(HEADER, "") | {"name": "Ann"}


def test_a_property_without_end_takes_no_more_memory_than_its_limit() -> None:
    lines = ["BEGIN:VCARD\n", "NOTE:x\n", *([" " + "y" * 60 + "\n"] * 5_000), "FN:Ann\n"]
    [(_, cells)] = list(read_cards(lines))
    assert cells[0] == "Ann"
    assert len(cells[-1]) <= MAX_PROPERTY


def test_names_are_put_together_as_their_language_does() -> None:
    assert card("N:陈;晓梅;;;")["name"] == "陈晓梅"
    assert card("N:Smith;Ann;Mary,Jane;Dr.;PhD")["name"] == "Dr. Ann Mary Jane Smith PhD"
    assert card("ORG:Blue Sky Ltd;Sales")["name"] == "Blue Sky Ltd"


def test_a_card_that_ends_too_early_counts_and_the_next_begins() -> None:
    text = "BEGIN:VCARD\nFN:Ann\nBEGIN:VCARD\nFN:Ben\nEND:VCARD\nrubbish\nBEGIN:VCARD\nFN:Cleo"
    assert [one["name"] for one in cards(text)] == ["Ann", "Ben", "Cleo"]


def test_the_card_of_a_secretary_within_a_card_is_not_ours() -> None:
    found = card("FN:Ann\nAGENT:\nBEGIN:VCARD\nFN:Secretary\nTEL:110\nEND:VCARD\nTEL:13800138000")
    assert (found["name"], found["phone"]) == ("Ann", "13800138000")


def test_quotes_that_do_not_end_lose_nothing() -> None:
    assert card('TEL;TYPE="work:13800138000')["phone"] == "13800138000"


def test_a_soft_end_before_the_end_of_the_card_does_not_swallow_it() -> None:
    text = "BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:a=\nEND:VCARD\nBEGIN:VCARD\nFN:Ben\nEND:VCARD"
    assert [one["name"] for one in cards(text)] == ["", "Ben"]


def test_lines_in_several_encodings_are_each_read_in_their_own() -> None:
    data = (
        b"BEGIN:VCARD\nFN;CHARSET=GBK:" + "陈晓梅".encode("gbk") + b"\nORG:" + "蓝天".encode()
        + b"\nEND:VCARD\nBEGIN:VCARD\nFN:J\xfcrgen\x81\nEND:VCARD\n"
    )  # fmt: skip
    first, second = rows_of_file(data)
    assert isinstance(first, ImportRow)
    assert isinstance(second, ImportRow)
    assert (first.name, first.organisation) == ("陈晓梅", "蓝天")
    assert str(second.name).startswith("Jürgen")


def test_one_broken_card_does_not_spoil_the_others() -> None:
    good = "".join(f"BEGIN:VCARD\nFN:陈{n}\nTEL:138000{n:05}\nEND:VCARD\n" for n in range(40))
    for encoding in ("utf-8", "gb18030"):
        bad = b"BEGIN:VCARD\nFN:Ann\xff\nTEL:13700137000\nEND:VCARD\n"
        rows = rows_of_file(good.encode(encoding) + bad)
        assert [row.name for row in rows if isinstance(row, ImportRow)] == [
            *(f"陈{n}" for n in range(40)),
            "Annÿ",
        ]


def test_a_file_of_cards_is_known_by_its_beginning() -> None:
    data = "\ufeffbegin:vcard\r\nFN:陈晓梅\r\nTEL:13800138000\r\nTEL:12\r\nend:vcard\r\n".encode()
    assert look_at(data).separator == ""
    [row] = rows_of_file(data)
    assert isinstance(row, Refused)
    assert row.reasons[0].code.startswith("number.")


def test_several_numbers_and_mails_of_a_card_are_all_its_addresses() -> None:
    data = (
        "BEGIN:VCARD\nFN:陈晓梅\nTEL:13800138000\nTEL:010-88886666转12\n"
        "EMAIL:ann@x.cn\nEMAIL:ann@y.cn\nEND:VCARD\n"
    ).encode("gb18030")
    [row] = rows_of_file(data)
    assert isinstance(row, ImportRow), row
    assert [address.value for address in row.addresses] == [
        "+8613800138000",
        "+861088886666;ext=12",
        "ann@x.cn",
        "ann@y.cn",
    ]
    assert row.line == 1
