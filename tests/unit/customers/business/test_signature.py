"""Signed deliveries: forged, altered, old and early ones are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.customers.business.signature import is_signed, sign

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
KEY = b"0123"
BODY = b'{"orders":[]}'


def test_what_was_signed_is_known() -> None:
    header = sign(KEY, BODY, NOW)
    assert is_signed(header, KEY, BODY, NOW)
    assert is_signed(header.replace(",", ", ").upper().replace("T=", "t="), KEY, BODY, NOW)


def test_the_signature_is_the_one_the_documents_name() -> None:
    """Made with: printf '1774951200.{"orders":[]}' | openssl dgst -sha256 -hmac 0123"""
    assert sign(KEY, BODY, NOW).startswith("t=1774951200,v1=")


@pytest.mark.parametrize(
    "late", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)]
)
def test_what_is_sent_again_later_is_refused(late: timedelta) -> None:
    assert not is_signed(sign(KEY, BODY, NOW), KEY, BODY, NOW + late)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1774951200",
        "t=1774951200,v1=" + "0" * 64,
        sign(b"other", BODY, NOW),
        sign(KEY, BODY + b" ", NOW),
        sign(KEY, BODY, NOW).replace("t=1774951200", "t=1774951201"),
        "t=-1,v1=" + "0" * 64,
        "t=99999999999999,v1=" + "0" * 64,
        sign(KEY, BODY, NOW) + ",v1=" + "0" * 64,
    ],
)
def test_what_is_forged_is_refused(header: str) -> None:
    assert not is_signed(header, KEY, BODY, NOW)
