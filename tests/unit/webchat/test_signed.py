"""On what it rests who a visitor is: the site's signature, or a code typed after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.channels.webchat.inbound import proof_of
from hub.channels.webchat.service import Visitor

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_visitor(signed_at: datetime | None, proven_at: datetime | None) -> Visitor:
    return Visitor(
        id="v",
        entry_point_id="chat",
        conversation_id=None,
        name="",
        email="",
        external_id="customer-7",
        signed_email=None,
        language="",
        survey_contact_id=None,
        last_seen_at=NOON,
        rotated_at=NOON,
        signed_at=signed_at,
        proven_email="li@example.org" if proven_at else None,
        proven_at=proven_at,
        proven_until=proven_at and proven_at + 24 * HOUR,
    )


@pytest.mark.parametrize(
    ("signed_at", "proven_at", "signed"),
    [
        (NOON, None, True),
        (NOON, NOON - HOUR, True),
        (NOON, NOON + HOUR, False),
        (None, None, True),
        (None, NOON, False),  # signed before the hub kept when: the code ends, as it says
    ],
)
def test_a_code_counts_that_was_typed_after_the_site_last_signed(
    signed_at: datetime | None, proven_at: datetime | None, signed: bool
) -> None:
    visitor = a_visitor(signed_at, proven_at)
    assert visitor.is_signed is signed
    assert (proof_of(visitor) is None) is signed
