"""No file and no row breaks the import."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import HubError
from hub.customers.imports.encoding import decode
from hub.customers.imports.model import ImportRow, Refused
from hub.customers.imports.vcard import HEADER, read_cards
from tests.unit.customers.imports.build import rows_of_file

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_clear_error(data: bytes) -> None:
    try:
        rows = rows_of_file(b"name,phone,email\n" + data, ["gold"])
    except HubError:
        return
    assert all(isinstance(row, ImportRow | Refused) for row in rows)
    assert all(row.reasons for row in rows if isinstance(row, Refused))


@given(st.text("陈王李张女士先生请联系电话，。 abc123\n", max_size=200))
def test_chinese_text_survives_gb18030(text: str) -> None:
    whole = f"客户姓名,联系电话\n{text}"  # two or three bytes alone may be either
    assert decode(whole.encode("gb18030"))[0] == whole


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_every_row_that_is_not_empty_is_accounted_for(pairs: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["name", "email"])
    writer.writerows(pairs)
    rows = rows_of_file(out.getvalue().encode(), ["gold"])
    said = [[cell.replace("\0", "").strip() for cell in pair] for pair in pairs]  # NUL is no text
    assert len(rows) == sum(map(any, said))


@given(st.binary(max_size=600))
def test_any_bytes_as_business_cards_give_rows(data: bytes) -> None:
    for row in rows_of_file(b"BEGIN:VCARD\r\n" + data, ["gold"]):
        assert isinstance(row, ImportRow | Refused)


LINES = st.lists(
    st.sampled_from(
        [
            *("BEGIN:VCARD", "END:VCARD", "AGENT:", "VERSION:2.1", "N:;;;;", "FN:", ":", ";", "="),
            *("TEL;TYPE=\"x:1", "ORG:\\", "PHOTO;ENCODING=B:", " folded", "\tx", "=E9=99", "=="),
            *("FN;ENCODING=QUOTED-PRINTABLE:a=00b", "ORG;ENCODING=B:AAAA"),
            *("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-7:=E9=", "NOTE;BASE64:!!!", "item1.:x"),
        ]
    )
    | CELLS,
    max_size=30,
)  # fmt: skip


@given(LINES)
def test_any_lines_are_cards_in_their_order(lines: list[str]) -> None:
    found = list(read_cards(f"{line}\n" for line in lines))
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    assert all(len(cells) == len(HEADER) for _, cells in found)
    assert "\0" not in str(found)


NAMES = st.text("陈王李张晓梅明 AnBeC", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    st.lists(st.tuples(NAMES, st.integers(0, 10**8 - 1)), min_size=4, max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.booleans(),
)
def test_what_is_written_in_any_encoding_is_read(
    people: list[tuple[str, int]], encoding: str, as_cards: bool
) -> None:
    """Also as business cards; each number is there once, so that nobody is anybody else."""
    rows = {f"138{number:08}": name for name, number in people}
    if as_cards:
        text = "".join(
            f"BEGIN:VCARD\nFN:{name}\nTEL:{number}\nNOTE:请下午联系\nEND:VCARD\n"
            for number, name in rows.items()
        )
    else:
        text = "客户姓名,联系电话,备注\n" + "".join(
            f"{name},{number},请下午联系\n" for number, name in rows.items()
        )
    read = rows_of_file(text.encode(encoding))
    assert [(row.name, row.addresses[0].value) for row in read if isinstance(row, ImportRow)] == [
        (" ".join(name.split()), f"+86{number}") for number, name in rows.items()
    ]
