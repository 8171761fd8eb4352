"""Somebody leaves: what they looked after becomes somebody else's, and only then are they out.

This is the only way to disable a user. Customers and those they have to touch yet, open contacts,
commitments (owned, taken, asked for), callbacks they agreed on, groups and articles are given to
successors in the transaction that disables them, or they are not disabled at all: nothing is ever
without an owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Row, and_, case, exists, func, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.service import DisableUser, disable_user, get_user
from hub.accounts.tables import team_members, users
from hub.accounts.views import UserView
from hub.callbacks import rows as callbacks
from hub.contacts.commitments.entries import NewEntry, add_entries
from hub.contacts.commitments.model import EntryKind, OwnerKind
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.core.errors import Conflict, Invalid
from hub.customers.allocation.service import count_leads, hand_over_leads
from hub.customers.allocation.tables import lead_allocations
from hub.customers.changes import MOST_TOLD
from hub.customers.groups.service import count_owned, hand_over_groups
from hub.customers.ownership.service import hand_over_customers
from hub.customers.tables import customers
from hub.knowledge.owners import count_owned_articles, hand_over_articles
from hub.routing import leaving as routing
from hub.storage import Tx
from hub.web.principal import Role
from hub.web.shapes import View

from .allocation import outside

_REASON = "left"
_is_lead = (
    exists()
    .where(
        lead_allocations.c.customer_id == customers.c.id,
        lead_allocations.c.to_id == customers.c.owner_id,
        lead_allocations.c.ended_as.is_(None),
    )
    .correlate(customers)
)
_ROUNDS = 3  # somebody may be given something while they leave: it is looked at again


class Held(StrEnum):
    """What a user can hold, and who takes it over."""

    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    COMMITMENTS = "commitments"
    CALLBACKS = "callbacks"
    GROUPS = "groups"
    LEADS = "leads"
    ARTICLES = "articles"


class Holdings(View, frozen=True):
    """How much of each a user holds. `commitments`: theirs to keep, taken, or asked of others.
    `leads`: new customers they have to touch yet, who are not among `customers`.
    """

    customers: int = 0
    contacts: int = 0
    commitments: int = 0
    callbacks: int = 0
    groups: int = 0
    leads: int = 0
    articles: int = 0

    @property
    def counts(self) -> Mapping[Held, int]:
        return {kind: getattr(self, kind) for kind in Held}

    @property
    def any(self) -> bool:
        return any(self.counts.values())


class StillHolds(Conflict):
    """They cannot be disabled before somebody else has what they hold."""

    code = "user.still_holds"


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything `from_id` looks after becomes `to_id`'s: customers and unfinished commitments."""

    actor: Actor
    from_id: str
    to_id: str


@dataclass(frozen=True, slots=True)
class LeaveUser:
    """`to_id` takes everything that `others` does not give to somebody else; None: they hold
    nothing, or all of it is in `others`.
    """

    actor: Actor
    user_id: str
    to_id: str | None = None
    others: Mapping[Held, str] = field(default_factory=dict)

    def successor(self, kind: Held) -> str | None:
        return self.others.get(kind, self.to_id)


@dataclass(frozen=True, slots=True)
class Left:
    """The user as they are now, and what others have of them."""

    user: UserView
    handed_over: Holdings


def holdings_of(tx: Tx, user_id: str) -> Holdings:
    """Return what a user holds."""
    table = commitments.c
    owned = and_(table.owner_kind == OwnerKind.USER.value, table.owner_id == user_id)
    return Holdings(
        customers=_count(tx, customers.c.owner_id == user_id, ~_is_lead),
        contacts=routing.count_held(tx, user_id),
        commitments=sum(
            _count(tx, one, is_unfinished)
            for one in (owned, table.taken_by == user_id, table.asked_by == user_id)
        ),
        callbacks=callbacks.count_made(tx, user_id),
        groups=count_owned(tx, user_id),
        leads=count_leads(tx, user_id),
        articles=count_owned_articles(tx, user_id),
    )


def check_nothing_held(tx: Tx, user_id: str) -> None:
    """Raise StillHolds, with the counts, if anything would be without an owner."""
    held = holdings_of(tx, user_id)
    if held.any:
        raise StillHolds(
            f"They still have {_said(held)}: say who takes it over.",
            customers=held.customers,
            contacts=held.contacts,
            commitments=held.commitments,
            callbacks=held.callbacks,
            groups=held.groups,
            leads=held.leads,
            articles=held.articles,
        )


def leave_user(tx: Tx, cmd: LeaveUser) -> Left:
    """Give away what a user holds and disable them, both or neither.

    Raises StillHolds where something has no successor; Invalid for a successor who is disabled, or
    may not have it; InConversation while they speak with a customer; NotFound; Conflict for the
    last admin. Who may do this is checked by who asks.
    """
    user = get_user(tx, cmd.user_id)
    handed = Holdings()
    for _ in range(_ROUNDS):
        held = holdings_of(tx, user.id)
        _check_successors(tx, cmd, held)
        handed = _sum(handed, _give_all(tx, cmd, held))
        disabled = disable_user(tx, DisableUser(user.email, cmd.actor))
        if not holdings_of(tx, user.id).any:
            detail = {str(kind): number for kind, number in handed.counts.items()}
            to = {f"{kind}_to": cmd.successor(kind) for kind in Held if getattr(handed, kind)}
            audit(tx, cmd.actor, "user.leave", "user", user.id, {**detail, **to})
            return Left(disabled, handed)
    raise Conflict("They are being given new things all the time: try again.", code="user.busy")


def hand_over(tx: Tx, cmd: HandOver) -> int:
    """Give a user's customers and promises to another one; return how many changed hands.

    What they had taken of a team goes on with the successor, where they are of that team, else it
    is the team's again; what others do for them is reported to the successor. Raises Invalid if the
    new owner cannot sign in, or is a specialist while there are customers to look after.
    """
    held = holdings_of(tx, cmd.from_id)
    wanted = [Held.COMMITMENTS, *([Held.CUSTOMERS] if held.customers or held.leads else [])]
    for kind in wanted:
        _check_successor(tx, cmd.from_id, cmd.to_id, kind)
    total = hand_over_leads(tx, cmd.from_id, cmd.to_id, cmd.actor.id, outside(tx).add)
    total += len(hand_over_customers(tx, cmd.from_id, cmd.to_id, cmd.actor.id, _REASON))
    total += _hand_over_promises(tx, cmd)
    audit(tx, cmd.actor, "user.hand_over", "user", cmd.from_id, {"to": cmd.to_id, "count": total})
    return total


def _give_all(tx: Tx, cmd: LeaveUser, held: Holdings) -> Holdings:
    """Contacts first, then customers, promises, callbacks: the order of locks everywhere."""
    contacts_to = cmd.successor(Held.CONTACTS)
    contacts = routing.hand_over_contacts(tx, cmd.user_id, contacts_to)
    owned = promised = called = grouped = leads = written = 0
    if held.leads and (to_id := cmd.successor(Held.LEADS)):  # before the rest of the customers
        leads = hand_over_leads(tx, cmd.user_id, to_id, cmd.actor.id, outside(tx).add)
    if held.customers and (to_id := cmd.successor(Held.CUSTOMERS)):
        owned = len(hand_over_customers(tx, cmd.user_id, to_id, cmd.actor.id, _REASON))
    if held.commitments and (to_id := cmd.successor(Held.COMMITMENTS)):
        promised = _hand_over_promises(tx, HandOver(cmd.actor, cmd.user_id, to_id))
    if held.callbacks and (to_id := cmd.successor(Held.CALLBACKS)):
        called = callbacks.hand_over(tx, cmd.user_id, to_id)
    if held.groups and (to_id := cmd.successor(Held.GROUPS)):
        grouped = hand_over_groups(tx, cmd.user_id, to_id)
    if held.articles and (to_id := cmd.successor(Held.ARTICLES)):
        written = hand_over_articles(tx, cmd.user_id, to_id)
    return Holdings(owned, contacts, promised, called, grouped, leads, written)


def _check_successors(tx: Tx, cmd: LeaveUser, held: Holdings) -> None:
    missing = [kind for kind, number in held.counts.items() if number and not cmd.successor(kind)]
    if missing:
        check_nothing_held(tx, cmd.user_id)
    for kind in Held:
        to_id = cmd.successor(kind)
        if to_id is not None and (getattr(held, kind) or kind in cmd.others):
            _check_successor(tx, cmd.user_id, to_id, kind)


def _check_successor(tx: Tx, user_id: str, to_id: str, kind: Held) -> None:
    found = select(users.c.role).where(users.c.id == to_id, users.c.disabled_at.is_(None))
    role = tx.execute(found.with_for_update(read=True)).scalar_one_or_none()
    if role is None:
        raise Invalid(
            "The new owner is not a user who can sign in.", code="leave.owner", field=str(kind)
        )
    if to_id == user_id:
        raise Invalid("Somebody else has to take it over.", code="leave.somebody", field=str(kind))
    if role == Role.SPECIALIST and kind is not Held.COMMITMENTS:
        raise Invalid(
            f"A specialist looks after no {kind}: choose an agent.",
            code="leave.specialist",
            field=str(kind),
        )


def _hand_over_promises(tx: Tx, cmd: HandOver) -> int:
    """Set-based, whatever their number; each keeps in its record who had it before."""
    table = commitments.c
    own = tx.execute(
        update(commitments)
        .where(
            table.owner_id == cmd.from_id, table.owner_kind == OwnerKind.USER.value, is_unfinished
        )
        .values(owner_id=cmd.to_id, version=table.version + 1)
        .returning(table.id)
    ).all()
    of_team = exists().where(
        team_members.c.team_id == table.owner_id, team_members.c.user_id == cmd.to_id
    )
    taken = tx.execute(
        update(commitments)
        .where(table.taken_by == cmd.from_id, is_unfinished)
        .values(taken_by=case((of_team, cmd.to_id), else_=None), version=table.version + 1)
        .returning(table.id, table.owner_id, table.taken_by)
    ).all()
    asked = tx.execute(
        update(commitments)
        .where(table.asked_by == cmd.from_id, is_unfinished)
        .values(
            asked_by=case((table.owner_id == cmd.to_id, None), else_=cmd.to_id),
            version=table.version + 1,
        )
    ).rowcount
    add_entries(tx, [_handed(cmd, row.id, OwnerKind.USER, cmd.to_id) for row in own])
    add_entries(tx, [_handed_back(cmd, row) for row in taken])
    for owner in sorted({cmd.from_id, cmd.to_id, *(row.owner_id for row in taken)}):
        tx.hint("commitment.changed", owner)
    if len(own) <= MOST_TOLD:  # more of them would drown every other hint: the list says it
        for row in own:
            tx.hint("commitment.given", row.id)
    return len(own) + len(taken) + asked


def _handed(cmd: HandOver, commitment_id: str, kind: OwnerKind, to_id: str) -> NewEntry:
    before = {"owner_kind": str(kind), "owner_id": cmd.from_id, "to": to_id}
    return NewEntry(commitment_id, EntryKind.HAND_OVER, "", cmd.actor, before)


def _handed_back(cmd: HandOver, row: Row[tuple[str, str, str | None]]) -> NewEntry:
    return _handed(cmd, row.id, OwnerKind.USER, row.taken_by or row.owner_id)


def _count(tx: Tx, *where: object) -> int:
    number: int = tx.execute(select(func.count()).where(*where)).scalar_one()  # type: ignore[arg-type] # conditions
    return number


def _sum(one: Holdings, other: Holdings) -> Holdings:
    return Holdings(**{str(kind): getattr(one, kind) + getattr(other, kind) for kind in Held})


_WORDS: Mapping[Held, tuple[str, str]] = {
    Held.CUSTOMERS: ("customer", "customers"),
    Held.CONTACTS: ("open contact", "open contacts"),
    Held.COMMITMENTS: ("commitment", "commitments"),
    Held.CALLBACKS: ("callback", "callbacks"),
    Held.GROUPS: ("customer group", "customer groups"),
    Held.LEADS: ("new customer to touch", "new customers to touch"),
    Held.ARTICLES: ("article", "articles"),
}


def _said(held: Holdings) -> str:
    parts = [
        f"{number} {_WORDS[kind][number != 1]}" for kind, number in held.counts.items() if number
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
