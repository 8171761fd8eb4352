"""Where an agent is rung: at the desk phone of their account, or in the browser."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select, update

from hub.core.errors import Invalid
from hub.storage import Tx

from .audit import audit
from .model import Actor
from .tables import users


class RingsAt(NamedTuple):
    """`desk_phone`: the number of the account, None where it has none that a provider can ring (an
    extension is none). `browser`: calls come to the softphone of the console: by choice, or for
    want of a desk phone.
    """

    desk_phone: str | None
    browser: bool


def rings_at(tx: Tx, user_id: str) -> RingsAt:
    """Return where a user's calls ring."""
    row = tx.execute(
        select(users.c.phone_address, users.c.rings_browser).where(users.c.id == user_id)
    ).one()
    desk_phone = row.phone_address if is_public(row.phone_address or "") else None
    return RingsAt(desk_phone, row.rings_browser or desk_phone is None)


def ring_addresses(tx: Tx, user_ids: Collection[str]) -> dict[str, str]:
    """Return what is rung for each user: the desk phone, or `client:<user id>`, the softphone."""
    rows = tx.execute(
        select(users.c.id, users.c.phone_address, users.c.rings_browser).where(
            users.c.id.in_(sorted(user_ids))
        )
    )
    return {row.id: _address(row.id, row.phone_address, row.rings_browser) for row in rows}


def _address(user_id: str, desk_phone: str | None, browser: bool) -> str:
    # An extension of the firm's own phone system is not the provider's to ring: it stays for the
    # lines of that system, and the provider's lines ring the browser anyhow.
    if not desk_phone or (browser and is_public(desk_phone)):
        return f"client:{user_id}"
    return desk_phone


def is_public(address: str) -> bool:
    """Whether the provider can ring it: a number in E.164 or a SIP address, not an extension."""
    return address.startswith(("+", "sip:"))


class ChooseRinging(NamedTuple):
    user_id: str
    browser: bool
    by: Actor


def choose_ringing(tx: Tx, cmd: ChooseRinging) -> RingsAt:
    """Let a user's calls ring in the browser, or at their desk phone. Raises Invalid where the
    account has none.
    """
    before = rings_at(tx, cmd.user_id)
    if not cmd.browser and not before.desk_phone:
        raise Invalid(
            "Your account has no desk phone: a supervisor enters its number under People.",
            code="softphone.no_desk_phone",
        )
    if before.browser != cmd.browser:
        tx.execute(
            update(users)
            .where(users.c.id == cmd.user_id)
            .values(rings_browser=cmd.browser, version=users.c.version + 1)
        )
        told = {"rings_at": "browser" if cmd.browser else "desk_phone"}
        audit(tx, cmd.by, "user.rings_at", "user", cmd.user_id, told)
    return rings_at(tx, cmd.user_id)
