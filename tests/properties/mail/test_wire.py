"""A mail on the wire: piece by piece it is what it would be as a whole."""

from __future__ import annotations

from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.smtp import wire_pieces

_PARTS = st.sampled_from([b".", b"..", b"a", b"\r", b"\n", b"\r\n", b"\r\n.", b"words", b"\0"])


@given(st.lists(_PARTS, max_size=40).map(b"".join), st.integers(min_value=1, max_value=12))
def test_pieces_are_the_mail_with_dots_doubled_and_lines_ended(raw: bytes, size: int) -> None:
    whole = PERIOD_REGEX.sub(b"..", normalize_message_line_endings(raw)) + b".\r\n"
    assert b"".join(wire_pieces(raw, size)) == whole


def test_a_large_mail_goes_in_pieces() -> None:
    line = b"x" * 76 + b"\r\n"
    pieces = list(wire_pieces(line * 20_000))
    assert max(map(len, pieces)) < 300 * 1024
    assert b"".join(pieces) == line * 20_000 + b".\r\n"
