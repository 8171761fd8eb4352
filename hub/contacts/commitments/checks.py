"""What a promise must be like before it is kept. Each raises Invalid that names the field."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.accounts.tables import teams, users
from hub.core.errors import Invalid, NotFound
from hub.customers.business.tables import products
from hub.storage import Tx

from .commands import MAX_TEXT, IllegalMove, Owner, PastDue, Terms, Visit
from .model import VISITS, CommitmentKind, CommitmentState, OwnerKind
from .quotes import MAX_PRICE_MINOR
from .tables import commitments

_LONGEST = timedelta(days=2 * 366)
_LONGEST_WINDOW = timedelta(days=7)
_CURRENCY = re.compile(r"[A-Z]{3}")


def check_text(text: str, field: str, what: str) -> str:
    clean = text.strip()
    if not 1 <= len(clean) <= MAX_TEXT:
        raise Invalid(
            f"Say in 1 to {MAX_TEXT} characters {what}.",
            code="commitment.text",
            most=MAX_TEXT,
            field=field,
        )
    return clean


def check_due(now: datetime, due_at: datetime, field: str = "due_at") -> datetime:
    """Return when it is due. Raises PastDue."""
    if due_at.tzinfo is None:
        raise Invalid(
            "Give the due time with its zone, for example 2026-03-10T15:00:00+08:00.", field=field
        )
    if due_at <= now:
        raise PastDue("The promise would be due in the past: choose a later time.", field=field)
    if due_at - now > _LONGEST:
        raise Invalid("A commitment is due within two years.", code="commitment.far", field=field)
    return due_at


def check_owner(tx: Tx, user_id: str | None, team_id: str | None) -> Owner:
    """Return the owner: a user who can sign in, or a team that is there."""
    if team_id is not None:
        found = select(teams.c.id).where(teams.c.id == team_id, ~teams.c.retired)
        if tx.execute(found).first() is None:
            raise Invalid(
                "There is no such team: choose another.", code="commitment.team", field="owner_team"
            )
        return Owner(OwnerKind.TEAM, team_id)
    found = select(users.c.id).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    # under a lock: they may be about to leave
    owner: str | None = tx.execute(found.with_for_update(read=True)).scalar_one_or_none()
    if owner is None:
        raise Invalid(
            "The owner is not a user who can sign in: choose another.",
            code="commitment.owner",
            field="owner_id",
        )
    return Owner(OwnerKind.USER, owner)


def check_visit(now: datetime, kind: CommitmentKind, visit: Visit) -> Visit:
    """Return the window and the skill of a visit; other kinds have neither."""
    start, end = visit.window_from, visit.window_until
    if start is None and end is None:
        if visit.skill_id is not None and kind not in VISITS:
            raise Invalid(
                "Only a visit or a repair asks for a skill.",
                code="commitment.no_skill",
                field="skill_id",
            )
        return visit
    if kind not in VISITS:
        raise Invalid(
            "Only a visit or a repair has a window.",
            code="commitment.no_window",
            field="window_from",
        )
    if start is None or end is None or start.tzinfo is None:
        raise Invalid(
            "A window has a beginning and an end, with their zone.",
            code="commitment.half_window",
            field="window_from",
        )
    check_due(now, end, "window_until")
    if not timedelta() < end - start <= _LONGEST_WINDOW:
        raise Invalid(
            "A window ends after it begins, within a week.",
            code="commitment.window",
            field="window_until",
        )
    return visit


def check_terms(now: datetime, kind: CommitmentKind, terms: Terms) -> Terms:
    """Return what a quote says: a price has a currency, a product and a day until it holds."""
    if terms.price_minor is None:
        if terms.currency is not None or terms.valid_until is not None:
            raise Invalid("Name the price, too.", code="commitment.price", field="price_minor")
        return terms
    if kind is not CommitmentKind.QUOTE:
        raise Invalid(
            "Only a quote names a price.", code="commitment.no_price", field="price_minor"
        )
    if not 0 <= terms.price_minor <= MAX_PRICE_MINOR:
        raise Invalid(
            "A price is not negative, in minor units.",
            code="commitment.price_range",
            field="price_minor",
        )
    if not _CURRENCY.fullmatch(terms.currency or ""):
        raise Invalid(
            "Name the currency in three letters, for example CNY.",
            code="commitment.currency",
            field="currency",
        )
    if not (terms.product_id or (terms.product_name or "").strip()):
        raise Invalid(
            "Say which product the price is for.", code="commitment.product", field="product_name"
        )
    if terms.valid_until is None or terms.valid_until.tzinfo is None:
        raise Invalid(
            "Say until when the price holds, with its zone.",
            code="commitment.valid_until",
            field="valid_until",
        )
    check_due(now, terms.valid_until, "valid_until")
    return terms


def with_name(tx: Tx, terms: Terms) -> Terms:
    """Return the terms with the name of their product, where only its id is given and the list of
    products has it.
    """
    if terms.product_id is None or (terms.product_name or "").strip():
        return terms
    found = select(products.c.name).where(products.c.id == terms.product_id)
    return replace(terms, product_name=tx.execute(found).scalar_one_or_none())


def get_locked(tx: Tx, commitment_id: str) -> Row[Any]:
    """Return a commitment locked for change. Raises NotFound."""
    row = tx.execute(
        select(commitments).where(commitments.c.id == commitment_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such commitment.")
    return row


def get_unfinished(tx: Tx, commitment_id: str) -> Row[Any]:
    """Return a commitment that somebody still has to do something about, locked for change.

    Raises NotFound, IllegalMove.
    """
    row = get_locked(tx, commitment_id)
    if row.finished_at is not None:
        raise IllegalMove(
            f"The commitment is {CommitmentState(row.state)} already: make a new one."
        )
    return row
