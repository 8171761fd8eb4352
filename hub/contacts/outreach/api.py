"""Routes of consent: what a customer allows, their yes or no to an agent, and may we reach them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from sqlalchemy import select

from hub.accounts.audit import Detail, audit
from hub.accounts.model import actor_of
from hub.core.errors import Invalid
from hub.customers.access import Scope, SeesMore, access_customer, access_identity
from hub.customers.addresses import record_identity
from hub.customers.changes import mark_dirty
from hub.customers.consent.model import ANY, Basis, NewConsent, Purpose, hash_address
from hub.customers.consent.service import (
    ConsentLine,
    keep_consents,
    key_of_addresses,
    list_consents,
)
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import identities
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, route
from hub.web.principal import Via
from hub.web.shapes import View

from .model import Answer, Later, Permit, can_be_overridden
from .opting_out import OptOut
from .service import AskFor, may_contact

StopContact = Callable[[Tx, Sequence[OptOut]], None]
"""Keep a customer's no, with all that follows from it (hub.intake.opt_out)."""

_Channel = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,16}$")]
_Asked = (Purpose.SERVICE, Purpose.MARKETING, Purpose.SURVEY)


class ConsentBody(Body, frozen=True):
    """What the customer told an agent. `identity_id`: of one address alone; else of them all.

    A yes needs how it is known: `note`, in their words, or the contact in which they said it.
    """

    purpose: Literal["service", "marketing", "survey", "recording"]
    allowed: bool
    channel: _Channel = ANY
    identity_id: Key | None = None
    basis: Literal["consent", "contract", "legitimate"] = "consent"
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    contact_id: Key | None = None


class CheckBody(Body, frozen=True):
    """Whom (one of `customer_id`, `identity_id`), for what, and by what."""

    purpose: Literal["service", "marketing", "survey"]
    channel: _Channel
    customer_id: Key | None = None
    identity_id: Key | None = None
    material: Annotated[str, msgspec.Meta(max_length=120)] = ""


class MayView(View, frozen=True):
    """May an address be reached: "permit", "later" (from `until` on) or "refused", and why."""

    identity_id: str
    purpose: str
    answer: Literal["permit", "later", "refused"]
    why: str
    until: datetime | None
    overridable: bool


class ConsentsView(View, frozen=True):
    """`now`: what may be done, by address and purpose; `said`: all that was said, newest first."""

    now: list[MayView]
    said: list[ConsentLine]


class OutreachRoutes:
    """`opt_out` keeps a no: above this layer more follows from it than from a yes."""

    def __init__(self, store: Store, sees_more: SeesMore, opt_out: StopContact) -> None:
        self._store = store
        self._sees_more = sees_more
        self._opt_out = opt_out

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/consents",
        access=Access.AGENT,
        summary="What a customer allows, and what was said",
    )
    async def consents(self, principal: Principal, customer_id: Key) -> ConsentsView:
        return await self._store.read(self._consents, (principal, customer_id))

    @route(
        "PUT",
        "/api/v1/customers/{customer_id}/consents",
        access=Access.AGENT,
        summary="Keep what a customer allows, or no longer",
    )
    async def say(self, principal: Principal, customer_id: Key, body: ConsentBody) -> ConsentsView:
        return await self._store.write(self._say, (principal, customer_id, body))

    @route(
        "POST",
        "/api/v1/outreach/check",
        access=Access.AGENT,
        summary="Ask whether a customer may be reached",
    )
    async def check(self, principal: Principal, body: CheckBody) -> list[MayView]:
        return await self._store.read(self._check, (principal, body))

    def _consents(self, tx: Tx, asked: tuple[Principal, str]) -> ConsentsView:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        asks = [
            AskFor(purpose, ANY, identity_id)
            for identity_id in _addresses(tx, customer_id)
            for purpose in _Asked
        ]
        return ConsentsView(now=_may(tx, asks), said=list_consents(tx, customer_id))

    def _say(self, tx: Tx, asked: tuple[Principal, str, ConsentBody]) -> ConsentsView:
        principal, customer_id, body = asked
        scope = Scope.of(tx, principal, self._sees_more)
        access_customer(tx, scope, customer_id, for_change=True)
        said = _addresses(tx, customer_id) or [record_identity(tx, customer_id)]
        if body.identity_id is not None:
            if access_identity(tx, scope, body.identity_id) != customer_id:
                raise Invalid("That is no address of this customer.", field="identity_id")
            said = [body.identity_id]
        evidence = {"note": body.note.strip()} if body.note.strip() else {}
        evidence |= {"contact_id": body.contact_id} if body.contact_id else {}
        if not body.allowed:
            at = said[:1] if body.identity_id else _nowhere(tx, customer_id, said)
            self._opt_out(tx, [_no(principal, body, one, evidence) for one in at])
        elif not evidence:
            raise Invalid(
                "A yes needs how it is known: the customer's words, or the contact.",
                code="consent.how",
                field="note",
            )
        else:
            own = [] if body.identity_id else _records(tx, customer_id)
            _keep_yes(tx, principal, body, [*said, *own], evidence)
            mark_dirty(tx, [customer_id], "consent")
            tx.hint("customer.changed", customer_id)
        detail: dict[str, Detail] = {
            "purpose": body.purpose,
            "channel": body.channel,
            "allowed": body.allowed,
        }
        audit(tx, actor_of(principal), "consent.change", "customer", customer_id, detail)
        return self._consents(tx, (principal, customer_id))

    def _check(self, tx: Tx, asked: tuple[Principal, CheckBody]) -> list[MayView]:
        principal, body = asked
        scope = Scope.of(tx, principal, self._sees_more)
        if body.identity_id is not None:
            access_identity(tx, scope, body.identity_id)
            ids = [body.identity_id]
        elif body.customer_id is not None:
            access_customer(tx, scope, body.customer_id)
            ids = _addresses(tx, body.customer_id)
        else:
            raise Invalid("Say for whom: `customer_id` or `identity_id`.", field="customer_id")
        materials = (body.material,) if body.material else ()
        purpose = Purpose(body.purpose)
        return _may(tx, [AskFor(purpose, body.channel, id_, materials=materials) for id_ in ids])


def _addresses(tx: Tx, customer_id: str) -> list[str]:
    """Return the addresses at which this customer is reached, at most 50: their own first."""
    rows = tx.execute(
        select(identities.c.id)
        .where(
            identities.c.customer_id == customer_id,
            identities.c.status != IdentityStatus.REMOVED,
            identities.c.kind != IdentityKind.RECORD,
        )
        .order_by(identities.c.status == IdentityStatus.SHARED, identities.c.id)
        .limit(50)
    )
    return list(rows.scalars())


def _nowhere(tx: Tx, customer_id: str, said: Sequence[str]) -> list[str]:
    """Return at which addresses a no that counts anywhere is kept: one that is theirs alone speaks
    for all of those. Who has none says it at each of the shared ones, and for themselves.
    """
    status = select(identities.c.status).where(identities.c.id == said[0])
    if tx.execute(status).scalar_one() != IdentityStatus.SHARED:
        return [said[0]]
    return [*said, record_identity(tx, customer_id)]


def _records(tx: Tx, customer_id: str) -> list[str]:
    """Return where what counts for the customer wherever they are is kept, if it is."""
    rows = tx.execute(
        select(identities.c.id).where(
            identities.c.customer_id == customer_id, identities.c.kind == IdentityKind.RECORD
        )
    )
    return list(rows.scalars())


def _may(tx: Tx, asks: Sequence[AskFor]) -> list[MayView]:
    answers = may_contact(tx, asks)
    return [_view(ask, answer) for ask, answer in zip(asks, answers, strict=True)]


def _view(ask: AskFor, answer: Answer) -> MayView:
    word: Literal["permit", "later", "refused"] = "permit"
    if not isinstance(answer, Permit):
        word = "later" if isinstance(answer, Later) else "refused"
    return MayView(
        identity_id=ask.identity_id or "",
        purpose=str(ask.purpose),
        answer=word,
        why=str(answer.why),
        until=answer.until if isinstance(answer, Later) else None,
        overridable=can_be_overridden(answer),
    )


def _no(
    principal: Principal, body: ConsentBody, identity_id: str, evidence: dict[str, str]
) -> OptOut:
    return OptOut(
        identity_id=identity_id,
        purposes=(Purpose(body.purpose),),
        source="agent" if principal.via is Via.SESSION else "api",
        channel=body.channel,
        evidence=evidence,
        by=principal.user_id,
        alone=body.identity_id is not None,
    )


def _keep_yes(
    tx: Tx, principal: Principal, body: ConsentBody, said: Sequence[str], evidence: dict[str, str]
) -> None:
    """Keep a yes. Whoever signs in says what a customer said to them; a program (an API key) may
    add a yes, but not undo a no.
    """
    key = key_of_addresses(tx)
    rows = tx.execute(
        select(identities.c.kind, identities.c.value_norm).where(identities.c.id.in_(sorted(said)))
    )
    keep_consents(
        tx,
        [
            NewConsent(
                address=hash_address(key, row.kind, row.value_norm),
                purpose=Purpose(body.purpose),
                allowed=True,
                basis=Basis(body.basis),
                source="agent" if principal.via is Via.SESSION else "api",
                channel=body.channel,
                evidence=dict(evidence),
                by=principal.user_id,
                own_word=principal.via is Via.SESSION and body.basis == "consent",
            )
            for row in rows
        ],
    )
