"""Whatever the order of arrival, the same is known in the end; whatever the bytes, none raises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import Invalid
from hub.customers.business.csv_rows import OrderRows
from hub.customers.business.money import CURRENCIES, decimals_of, parse_amount
from hub.customers.business.rows import Version
from hub.customers.business.versions import Known, RowOutcome, Said, settle
from hub.customers.imports.csv_file import look_at, open_text, read_header, rows

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
USUAL: Said = ("placed", None)
moments = st.integers(0, 3).map(lambda hours: BEGIN + timedelta(hours=hours))
stamped = st.builds(Version, st.none() | st.integers(0, 3), st.none() | moments).filter(
    lambda version: version.is_stamped
)
statements = st.tuples(
    st.tuples(
        st.none() | st.sampled_from(["paid", "shipped"]), st.none() | st.sampled_from([1, 2, 10])
    ),
    stamped,
)


def known_after(said: Sequence[tuple[Said, Version]]) -> Known | None:
    known = None
    for number, (values, version) in enumerate(said):
        now = BEGIN + timedelta(days=number)
        _, known = settle(known, values, version, USUAL, BEGIN, now)
    return known


@given(st.lists(statements, min_size=1, max_size=6), st.data())
def test_late_shuffled_and_repeated_deliveries_end_alike(
    said: list[tuple[Said, Version]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(said), max_size=4))
    shuffled = data.draw(st.permutations([*said, *again]))
    assert known_after(shuffled) == known_after(said)


@given(st.lists(statements, min_size=1, max_size=5))
def test_the_same_again_changes_nothing(said: list[tuple[Said, Version]]) -> None:
    known = known_after(said)
    for values, version in said:
        outcome, after = settle(known, values, version, USUAL, BEGIN, BEGIN)
        assert outcome in (RowOutcome.UNCHANGED, RowOutcome.STALE)
        assert after == known


@given(st.lists(statements, max_size=3), statements, moments)
def test_without_a_stamp_it_is_how_things_are_now(
    before: list[tuple[Said, Version]], last: tuple[Said, Version], now: datetime
) -> None:
    known = known_after(before)
    base = USUAL if known is None else known.said
    first, after = settle(known, last[0], Version(), USUAL, BEGIN, now)
    assert after.said == tuple(
        old if new is None else new for new, old in zip(last[0], base, strict=True)
    )
    again, _ = settle(after, last[0], Version(), USUAL, BEGIN, now)
    assert again is RowOutcome.UNCHANGED
    for values, version in before if first is RowOutcome.UPDATED else ():
        outcome, _ = settle(after, values, version, USUAL, BEGIN, now)
        assert outcome is RowOutcome.STALE  # it was said before


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(CURRENCIES)))
def test_an_amount_is_read_as_it_is_written(minor: int, currency: str) -> None:
    decimals = decimals_of(currency)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    written = f"{'-' * (minor < 0)}{whole}.{fraction}"
    assert parse_amount(written, currency) == minor


@given(st.text(max_size=40), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_no_text_makes_an_amount_raise(text: str, currency: str) -> None:
    parse_amount(text, currency)


hostile = st.binary(max_size=300) | st.text(
    alphabet='",;\n\r\t a1客\x00=-\u2028', max_size=120
).map(lambda text: text.encode())
HEADER = b"external_id,customer_external_id,ordered_at,amount,currency\n"


@given(hostile, st.booleans())
def test_no_bytes_make_a_file_raise(data: bytes, with_header: bool) -> None:
    kind = OrderRows("UTC")
    known = {word: name for name, words in kind.headers.items() for word in words.split()}
    with TemporaryDirectory() as folder:
        path = Path(folder, "file.csv")
        path.write_bytes(HEADER * with_header + data)
        looked = look_at(path)
        with open_text(path, looked.encoding) as file:
            try:
                header = read_header(file, known, kind.required)
            except Invalid:
                return
            except UnicodeError:
                assert looked.encoding == "utf-16"
                return
            for row in rows(file, header):
                assert row.line > 1
