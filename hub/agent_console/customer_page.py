"""One look at a customer: what is open, what was promised, what to mind; one request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, or_, select

from hub.contacts.commitments import reads as commitment_reads
from hub.contacts.commitments.views import CommitmentRow
from hub.contacts.complaints.service import ComplaintLine, list_complaints
from hub.contacts.model import ContactState
from hub.contacts.research.reads import SatisfactionBrief, brief_satisfaction
from hub.contacts.tables import contacts
from hub.customers.access import access_customer
from hub.customers.business.reads import balance_of, newest_orders, open_cases
from hub.customers.business.views import BalanceView, CaseView, OrderView
from hub.customers.missing import Known, most_useful
from hub.customers.model import IdentityStatus
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, View, route

from .readers import Reader, reader_of, scope_of
from .rows import contact_rows
from .shapes import ContactRow

_SHOWN = 10  # open contacts, and promises, of one customer
_ORDERS = 3
_OPEN = [
    state for state in ContactState if state not in (ContactState.CLOSED, ContactState.ABANDONED)
]


class CustomerPage(View, frozen=True, kw_only=True):
    """What stands on top of a customer's page.

    `contacts`: open ones that the reader may see. `commitments`: what they wait for, earliest due
    first. `complaints`: open ones. `balance.credit_hold` is a warning. `orders`: the newest.
    `cases`: defects and repairs that are not finished, the last change first. `ask_for`: the most
    useful thing that is not known of them: name, phone, email, language.
    """

    contacts: list[ContactRow]
    commitments: list[CommitmentRow]
    complaints: list[ComplaintLine]
    balance: BalanceView
    satisfaction: SatisfactionBrief
    orders: list[OrderView]
    cases: list[CaseView]
    ask_for: str | None


class CustomerPageRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/page",
        access=Access.AGENT,
        summary="What is open with a customer, what was promised, what to mind",
    )
    async def page(self, principal: Principal, customer_id: Key) -> CustomerPage:
        return await self._store.read(self._page, (principal, customer_id))

    def _page(self, tx: Tx, asked: tuple[Principal, str]) -> CustomerPage:
        """A fixed number of statements, at most twenty, however much there is."""
        principal, customer_id = asked
        row = access_customer(tx, scope_of(tx, principal), customer_id)
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        whose = _whose(tx, customer_id)
        same = sorted({one.customer_id for one in whose})
        ids = sorted({one.id for one in whose if one.id is not None})
        return CustomerPage(
            contacts=_contacts(tx, reader, ids),
            commitments=_commitments(tx, reader, customer_id),
            complaints=[
                one for one in list_complaints(tx, customer_id, _SHOWN) if one.closed_at is None
            ],
            balance=balance_of(tx, same),
            satisfaction=brief_satisfaction(tx, ids, steers=reader.steers),
            orders=newest_orders(tx, same, _ORDERS, shows_costs=reader.steers),
            cases=open_cases(tx, same, _SHOWN),
            ask_for=most_useful(Known(row.kind, row.name, row.language, _reached_by(whose))),
        )


def _whose(tx: Tx, customer_id: str) -> list[Row[Any]]:
    """Return the records that are this customer today, each with its addresses."""
    found = (
        select(
            customers.c.id.label("customer_id"),
            identities.c.id,
            identities.c.kind,
            identities.c.status,
        )
        .outerjoin(identities, identities.c.customer_id == customers.c.id)
        .where(or_(customers.c.id == customer_id, customers.c.merged_into_id == customer_id))
    )
    return list(tx.execute(found).all())


def _reached_by(whose: list[Row[Any]]) -> frozenset[str]:
    used = (IdentityStatus.ACTIVE, IdentityStatus.SHARED)
    return frozenset(row.kind for row in whose if row.status in used)


def _contacts(tx: Tx, reader: Reader, ids: list[str]) -> list[ContactRow]:
    rows = tx.execute(
        select(contacts)
        .where(
            contacts.c.identity_id.in_(ids),
            contacts.c.state.in_(_OPEN),
            reader.sight.contacts(),
        )
        .order_by(contacts.c.opened_at.desc(), contacts.c.id.desc())
        .limit(_SHOWN)
    ).all()
    return contact_rows(tx, reader, rows) if rows else []


def _commitments(tx: Tx, reader: Reader, customer_id: str) -> list[CommitmentRow]:
    ask = commitment_reads.ListCommitments(limit=_SHOWN, customer_id=customer_id)
    found = commitment_reads.list_commitments(tx, ask)
    return commitment_reads.with_sources(tx, found, reader.sight)
