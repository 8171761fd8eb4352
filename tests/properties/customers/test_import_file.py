"""No file and no row breaks the import."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import HubError
from hub.customers.import_file import ImportRow, Refused, decode, read_customer_file

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_clear_error(data: bytes) -> None:
    try:
        file = read_customer_file(b"name,phone,email\n" + data)
    except HubError:
        return
    rows = list(file.rows("CN", ["gold"]))
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
    rows = list(read_customer_file(out.getvalue().encode()).rows("CN", ["gold"]))
    assert len(rows) == sum(1 for pair in pairs if any(cell.strip() for cell in pair))
