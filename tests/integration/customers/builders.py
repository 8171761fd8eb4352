"""Senders for tests, said briefly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import FromClause

from hub.customers.identify import identify_batch
from hub.customers.model import DEFAULT_TIER, Identified, Identify, IdentityKind, SenderIdentity
from hub.storage import Store, Tx


def mail(address: str, name: str | None = None, *, verified: bool = False) -> SenderIdentity:
    return SenderIdentity(IdentityKind.EMAIL, address, name, verified)


def phone(number: str, name: str | None = None, *, verified: bool = False) -> SenderIdentity:
    return SenderIdentity(IdentityKind.PHONE, number, name, verified)


def fax(number: str, name: str | None = None) -> SenderIdentity:
    return SenderIdentity(IdentityKind.FAX, number, name)


def visitor(key: str, name: str | None = None) -> SenderIdentity:
    return SenderIdentity(IdentityKind.VISITOR, key, name)


def external(key: str, *, verified: bool = True) -> SenderIdentity:
    return SenderIdentity(IdentityKind.EXTERNAL, key, None, verified)


def asks(*senders: SenderIdentity, region: str = "CN", language: str | None = None) -> Identify:
    return Identify(senders, region, language)


def usual_tier(_: Tx) -> str:
    """The tier of who is new where there is no set-up."""
    return DEFAULT_TIER


async def identify(store: Store, *items: Identify) -> list[Identified]:
    """Identify several items in one batch."""

    def run(tx: Tx, asked: Sequence[Identify]) -> list[Identified]:
        return identify_batch(tx, asked, usual_tier)

    return await store.write(run, list(items))


async def count(store: Store, table: FromClause, *where: Any) -> int:
    def run(tx: Tx, _: None) -> int:
        number: int = tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
        return number

    return await store.read(run, None)
