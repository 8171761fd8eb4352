"""What indicators of faxes count: a statement for each, as in `sides`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, func, literal, not_, or_, select, type_coerce

from hub.contacts.model import Channel, ContactState, DeliveryState, Direction, EndedAs
from hub.contacts.tables import contacts, interactions
from hub.customers.tables import identities

from .model import Period
from .sides import SHOWN, Side, is_word, row_behind, within

KNOWN_FAILURES = ("fax_busy", "fax_no_answer", "fax_not_a_fax", "fax_bad_number", "fax_broken_off")
"""Reasons that have a figure of their own, as they are kept: `channels.fax.failures`."""

_FAX = is_word(interactions.c.channel, Channel.FAX)
_WENT = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
)


PAGES = "pages"
"""The unit of a row's amount where it is how many pages a fax has."""


def _faxes(period: Period, *which: ColumnElement[bool], pages: str = "pages") -> Select[Any]:
    """`pages`: under which name an entry tells how many there are."""
    met = interactions.c
    count = type_coerce(met.meta, JSON)[pages].as_integer()
    said = func.substr(met.text, 1, SHOWN)
    row = row_behind(met.id, met.at, identities.c.customer_id, said, count, literal(PAGES))
    joined = interactions.join(identities, identities.c.id == met.identity_id)
    return row.select_from(joined).where(_FAX, within(met.at, period), *which)


def faxes_received(period: Period, _now: datetime) -> Select[Any]:
    """Faxes that came in the period; not spam, nor what waits in quarantine."""
    spam = or_(contacts.c.ended_as == EndedAs.SPAM, contacts.c.state == ContactState.QUARANTINED)
    of_spam = select(contacts.c.id).where(contacts.c.id == interactions.c.contact_id, spam).exists()
    return _faxes(period, interactions.c.direction == Direction.INBOUND, ~of_spam)


def faxes_sent(period: Period, _now: datetime) -> Select[Any]:
    """Answers that were faxed in the period, however they fared; what still waits is not sent."""
    out = interactions.c.direction == Direction.OUTBOUND
    return _faxes(period, out, interactions.c.delivery.in_(_WENT), pages="delivered_pages")


def faxes_delivered(period: Period, now: datetime) -> Select[Any]:
    """Those of them that the gateway says have arrived."""
    return faxes_sent(period, now).where(interactions.c.delivery == DeliveryState.DELIVERED)


def faxes_failed(period: Period, now: datetime) -> Select[Any]:
    """Those of them that did not arrive."""
    return faxes_sent(period, now).where(interactions.c.delivery == DeliveryState.FAILED)


def faxes_failed_for(codes: tuple[str, ...]) -> Side:
    """Those of them that failed for one of these reasons, as they are kept: "code: what was said".
    (): for any other than those of `KNOWN_FAILURES`.
    """

    def rows(period: Period, now: datetime) -> Select[Any]:
        said = func.coalesce(interactions.c.delivery_detail, "")
        known = or_(*(said.startswith(f"{code}: ") for code in codes or KNOWN_FAILURES))
        return faxes_failed(period, now).where(known if codes else not_(known))

    return rows
