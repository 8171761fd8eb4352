"""Use cases of what is known about a customer: dated facts, notes, roles in organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update

from hub.accounts.model import Actor
from hub.core.errors import Forbidden, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx

from .business.check import check_url
from .card_numbers import hide_card_numbers
from .changes import MAX_TEXT, check_text, note_change
from .competitors import find_competitor, names_of
from .model import CustomerKind
from .reads import get_customer_row
from .settings import load_customer_settings
from .tables import customer_facts, customer_notes, organisation_roles


@dataclass(frozen=True, slots=True)
class AddFact:
    """`competitor`: whom it is about, by key or name in the set-up. `licence`, `url`: where it is
    from and what may be done with it, where others tell it.
    """

    actor: Actor
    customer_id: str
    kind: str
    text: str
    source: str
    contact_id: str | None = None
    expires_at: datetime | None = None
    licence: str | None = None
    url: str | None = None
    competitor: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawFact:
    actor: Actor
    customer_id: str
    fact_id: str


@dataclass(frozen=True, slots=True)
class AddNote:
    actor: Actor
    customer_id: str
    text: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class SetRole:
    """Say what a person is in an organisation; an empty `role` ends it."""

    actor: Actor
    organisation_id: str
    person_id: str
    role: str
    decides: bool = False


def add_fact(tx: Tx, cmd: AddFact) -> str:
    """Keep something learned about a customer, dated and with its source; return its id.

    Raises NotFound, Invalid.
    """
    get_customer_row(tx, cmd.customer_id)
    fact_id = new_id()
    tx.execute(
        insert(customer_facts).values(
            id=fact_id,
            customer_id=cmd.customer_id,
            kind=check_text(cmd.kind, "kind", 64),
            text=hide_card_numbers(tx, check_text(cmd.text, "text", MAX_TEXT)),
            source=check_text(cmd.source, "source", 120),
            contact_id=cmd.contact_id,
            learned_at=tx.now,
            learned_by=cmd.actor.id,
            expires_at=cmd.expires_at,
            licence=check_text(cmd.licence, "licence", 120) if cmd.licence else None,
            url=_web_address(cmd.url) if cmd.url else None,
            competitor_id=_competitor(tx, cmd.competitor) if cmd.competitor else None,
        )
    )
    note_change(tx, cmd.actor, "customer.fact_add", [cmd.customer_id], searched=False)
    return fact_id


def _web_address(url: str) -> str:
    found = check_url(url)
    if isinstance(found, str):
        return found
    raise Invalid(found.text, field="url")


def _competitor(tx: Tx, said: str) -> str:
    found = find_competitor(said, names_of(load_customer_settings(tx).competitors))
    if found is None:
        raise Invalid(
            "That is no competitor of the set-up: add it there first.",
            code="fact.competitor",
            field="competitor",
        )
    return found


def withdraw_fact(tx: Tx, cmd: WithdrawFact) -> None:
    """Say that a fact is not, or no longer, true. It is kept, marked. Raises NotFound."""
    withdrawn = tx.execute(
        update(customer_facts)
        .where(
            customer_facts.c.id == cmd.fact_id,
            customer_facts.c.customer_id == cmd.customer_id,
            customer_facts.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=tx.now)
    )
    if withdrawn.rowcount == 0:
        raise NotFound("This customer has no such fact.")
    note_change(tx, cmd.actor, "customer.fact_withdraw", [cmd.customer_id], searched=False)


def add_note(tx: Tx, cmd: AddNote) -> str:
    """Write a note on the customer's record; return its id."""
    get_customer_row(tx, cmd.customer_id)
    if cmd.actor.id is None:
        raise Forbidden("A note is written by a user.")
    note_id = new_id()
    tx.execute(
        insert(customer_notes).values(
            id=note_id,
            customer_id=cmd.customer_id,
            text=hide_card_numbers(tx, check_text(cmd.text, "text", MAX_TEXT)),
            pinned=cmd.pinned,
            author_id=cmd.actor.id,
            author_name=cmd.actor.name,
            created_at=tx.now,
        )
    )
    tx.hint("customer.changed", cmd.customer_id)
    return note_id


def set_role(tx: Tx, cmd: SetRole) -> None:
    """Say what a person is in an organisation, or end it. Raises NotFound, Invalid."""
    organisation = get_customer_row(tx, cmd.organisation_id)
    get_customer_row(tx, cmd.person_id)
    if organisation.kind != CustomerKind.ORGANISATION:
        raise Invalid(
            "Persons have roles in organisations: this customer is a person.", code="fact.role"
        )
    table = organisation_roles
    pair = (
        table.c.organisation_id == cmd.organisation_id,
        table.c.person_id == cmd.person_id,
    )
    if not cmd.role.strip():
        tx.execute(table.delete().where(*pair))
    else:
        role = check_text(cmd.role, "role", 120)
        values = {"role": role, "decides": cmd.decides}
        if tx.execute(update(table).where(*pair).values(values)).rowcount == 0:
            tx.execute(
                insert(table).values(
                    id=new_id(),
                    organisation_id=cmd.organisation_id,
                    person_id=cmd.person_id,
                    created_at=tx.now,
                    **values,
                )
            )
    note_change(
        tx, cmd.actor, "customer.role", [cmd.organisation_id, cmd.person_id], searched=False
    )
