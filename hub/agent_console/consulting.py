"""Routes by which agents ask colleagues about a contact, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, or_, select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.tables import team_members
from hub.contacts.access import access_contact, access_held_contact
from hub.contacts.joining.consults import in_force
from hub.contacts.joining.model import ConsultState
from hub.contacts.joining.tables import consults
from hub.contacts.tables import contacts
from hub.core.errors import Forbidden, NotFound
from hub.desk.consulting import (
    MAX_WORDS,
    AskConsult,
    EndConsult,
    TakeOver,
    ask_consult,
    end_consult,
    get_consult,
    take_over,
)
from hub.desk.telling import By
from hub.routing.tables import queue_teams
from hub.storage import Store, Tx, in_words
from hub.web import Access, Body, Key, Page, Principal, View, route

from .commitment_news import CommitmentNews
from .joining_views import NOTHING, Capabilities
from .readers import Reader, reader_of, sight_of
from .rows import contact_rows, user_names
from .shapes import ContactRow

TOPICS = ("consult.changed",)
_MOST = 50
_SAID = 160  # characters of the question in a notice
_Words = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]


class AskBody(Body, frozen=True):
    """A question to a colleague or to whoever serves a queue, one of the two."""

    words: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_WORDS)]
    agent_id: Key | None = None
    queue_id: Key | None = None


class EndAskBody(Body, frozen=True):
    """What there is to say, as a note on the contact; "": nothing more."""

    words: _Words = ""


class AskedView(View, frozen=True):
    """A question about a contact. `state`: open, done, taken_over, withdrawn, ended. `mine`: the
    reader asked it. `to_me`: it is open and put to the reader.
    """

    id: str
    contact: ContactRow | None
    words: str
    by_id: str
    by_name: str
    agent_name: str | None
    queue_id: str | None
    at: datetime
    state: str
    ended_by_name: str | None
    mine: bool
    to_me: bool


class AskedId(View, frozen=True):
    id: str


class TakenOverView(View, frozen=True):
    contact_id: str
    connects: bool


class ConsultRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._capabilities = capabilities
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/me/consults",
        access=Access.AGENT,
        summary="Open questions that colleagues put to me or to my queues",
    )
    async def my_consults(self, principal: Principal) -> Page[AskedView]:
        return Page(items=await self._store.read(self._mine, principal))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/consults",
        access=Access.AGENT,
        summary="Ask a colleague or a queue about a contact",
    )
    async def ask(self, principal: Principal, contact_id: Key, body: AskBody) -> AskedId:
        return await self._store.write(_ask, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/consults/{consult_id}/done",
        access=Access.AGENT,
        summary="Answer a question; what is said becomes a note",
    )
    async def done(self, principal: Principal, consult_id: Key, body: EndAskBody) -> None:
        await self._store.write(_done, (principal, consult_id, body))

    @route(
        "POST",
        "/api/v1/consults/{consult_id}/withdraw",
        access=Access.AGENT,
        summary="Withdraw a question",
    )
    async def withdraw(self, principal: Principal, consult_id: Key) -> None:
        await self._store.write(_withdraw, (principal, consult_id))

    @route(
        "POST",
        "/api/v1/consults/{consult_id}/take-over",
        access=Access.AGENT,
        summary="Take the contact that one was asked about",
    )
    async def take_over(self, principal: Principal, consult_id: Key) -> TakenOverView:
        return await self._store.write(self._take_over, (principal, consult_id))

    def _mine(self, tx: Tx, principal: Principal) -> list[AskedView]:
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        seen = reader.sight.queues
        of_queue = (
            consults.c.queue_id.is_not(None)
            if seen is None
            else consults.c.queue_id.in_(sorted(seen))
        )
        rows = tx.execute(
            select(consults, contacts.c.id.label("about_id"))
            .join(contacts, contacts.c.id == consults.c.contact_id)
            .where(
                or_(consults.c.agent_id == principal.user_id, of_queue),
                in_words(consults.c.state, ["open"]),
                consults.c.by_id != principal.user_id,
                in_force(),
            )
            .order_by(consults.c.at, consults.c.id)
            .limit(_MOST)
        ).all()
        ids = sorted({row.contact_id for row in rows})
        found = tx.execute(select(contacts).where(contacts.c.id.in_(ids))).all()
        return asked_views(tx, reader, rows, {row.id: row for row in found})

    def _take_over(self, tx: Tx, asked: tuple[Principal, str]) -> TakenOverView:
        principal, consult_id = asked
        consult = _put_to(tx, principal, consult_id)
        row = access_contact(tx, sight_of(tx, principal), consult.contact_id)
        call = self._capabilities.get(row.channel, NOTHING).call
        by = By(principal.user_id, principal.name)
        taken = take_over(tx, TakeOver(consult_id, by, call))
        detail = {"from": consult.by_id, "consult": consult_id}
        audit(tx, actor_of(principal), "contact.take_over", "contact", row.id, detail)
        return TakenOverView(contact_id=row.id, connects=taken.connects)


def asked_views(
    tx: Tx, reader: Reader, rows: Sequence[Row[Any]], about: Mapping[str, Row[Any]]
) -> list[AskedView]:
    """Show questions (rows of `consults`); `about`: their contacts, by id. An open one whose asker
    does not hold the contact any more is over.
    """
    shown = dict(zip(about, contact_rows(tx, reader, list(about.values())), strict=True))
    names = user_names(tx, [row.agent_id for row in rows])
    me = reader.principal.user_id
    return [
        AskedView(
            id=row.id,
            contact=shown.get(row.contact_id),
            words=row.words,
            by_id=row.by_id,
            by_name=row.by_name,
            agent_name=names.get(row.agent_id or ""),
            queue_id=row.queue_id,
            at=row.at,
            state=_state(row, about.get(row.contact_id)),
            ended_by_name=row.ended_by_name,
            mine=row.by_id == me,
            to_me=row.by_id != me and (row.agent_id == me or _serves(reader, row.queue_id)),
        )
        for row in rows
    ]


def _state(row: Row[Any], contact: Row[Any] | None) -> str:
    moved_on = contact is None or contact.agent_id != row.by_id
    return ConsultState.ENDED if row.state == ConsultState.OPEN and moved_on else str(row.state)


def _serves(reader: Reader, queue_id: str | None) -> bool:
    queues = reader.sight.queues
    return queue_id is not None and (queues is None or queue_id in queues)


def _ask(tx: Tx, asked: tuple[Principal, str, AskBody]) -> AskedId:
    principal, contact_id, body = asked
    access_held_contact(tx, sight_of(tx, principal), contact_id)
    by = By(principal.user_id, principal.name)
    command = AskConsult(contact_id, by, body.words, body.agent_id, body.queue_id)
    consult_id = ask_consult(tx, command)
    detail = {"agent": body.agent_id, "queue": body.queue_id}
    audit(tx, actor_of(principal), "contact.consult", "contact", contact_id, detail)
    return AskedId(id=consult_id)


def _put_to(tx: Tx, principal: Principal, consult_id: str) -> Row[Any]:
    """Return an open question put to this user or a queue of theirs. Raises NotFound, Conflict."""
    consult = get_consult(tx, consult_id)
    queues = sight_of(tx, principal).queues
    serves = consult.queue_id is not None and (queues is None or consult.queue_id in queues)
    if consult.agent_id != principal.user_id and not serves:
        raise NotFound("There is no such question.")
    return consult


def _done(tx: Tx, asked: tuple[Principal, str, EndAskBody]) -> None:
    principal, consult_id, body = asked
    _put_to(tx, principal, consult_id)
    by = By(principal.user_id, principal.name)
    end_consult(tx, EndConsult(consult_id, by, ConsultState.DONE, body.words))


def _withdraw(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, consult_id = asked
    consult = get_consult(tx, consult_id)
    sight = sight_of(tx, principal)
    access_contact(tx, sight, consult.contact_id)
    if consult.by_id != principal.user_id and not sight.steers:
        raise Forbidden("Only who asked withdraws a question.", code="consult.not_yours")
    by = By(principal.user_id, principal.name)
    end_consult(tx, EndConsult(consult_id, by, ConsultState.WITHDRAWN))


def consult_news(tx: Tx, asked: tuple[str, str]) -> list[CommitmentNews]:
    """Return whom a question concerns, and what they are told: who was asked, that they are; who
    asked, how it ended. `consults_changed` is not said: the lists are read again.
    """
    row = tx.execute(select(consults).where(consults.c.id == asked[1])).first()
    if row is None:
        raise NotFound("There is no such question.")
    told = {row.agent_id} - {None} or _members(tx, row.queue_id)
    told -= {row.by_id}
    again = CommitmentNews({*told, row.by_id}, "consults_changed", row.contact_id, None, "")
    if row.state == ConsultState.OPEN:
        said = f"{row.by_name}: {row.words}"[:_SAID]
        return [again, CommitmentNews(told, "consult_asked", row.contact_id, None, said)]
    if row.state in (ConsultState.DONE, ConsultState.TAKEN_OVER):
        code, who = f"consult_{row.state}", row.ended_by_name or ""
        return [again, CommitmentNews({row.by_id}, code, row.contact_id, None, who)]
    return [again]


def _members(tx: Tx, queue_id: str | None) -> set[str]:
    found = (
        select(team_members.c.user_id)
        .join(queue_teams, queue_teams.c.team_id == team_members.c.team_id)
        .where(queue_teams.c.queue_id == queue_id)
    )
    return set(tx.execute(found).scalars())
