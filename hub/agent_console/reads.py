"""Routes that only read: contacts, conversations, colleagues, the set-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from sqlalchemy import select

from hub.accounts.tables import users
from hub.contacts.access import access_contact, access_conversation
from hub.contacts.model import Channel, ContactState
from hub.core.errors import Conflict
from hub.routing.freeing import AskFreeing, free_in_s
from hub.routing.intervals import Intervals
from hub.routing.model import AgentState
from hub.routing.reads import AskQueues, queue_figures
from hub.routing.record import WhyWaiting
from hub.routing.tables import agents, skills
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Key,
    Page,
    PageQuery,
    Principal,
    Query,
    decode_cursor,
    encode_cursor,
    route,
)

from .board import queue_views
from .detail import show_contact
from .joining_views import Capabilities
from .lists import ContactFilter, Position, find_contacts
from .protocol import MAX_SEQ
from .readers import reader_of, sight_of
from .rows import contact_rows
from .setup_view import SetupFacts, show_setup
from .shapes import (
    Colleague,
    ConsoleSetup,
    ContactDetail,
    ContactRow,
    InteractionView,
    QueueView,
    WhyView,
)
from .timeline import EntriesAfter, list_entries
from .why import waiting_view

_COLLEAGUES = 1000


class ContactQuery(PageQuery, frozen=True):
    """`state` may be repeated; only `queued` is ordered by urgency, others newest first.

    `unanswered`: mails and faxes nobody has answered, also closed ones, the longest first.
    """

    state: list[ContactState] = msgspec.field(default_factory=list)
    channel: Channel | None = None
    queue: Annotated[str, msgspec.Meta(max_length=64)] = ""
    unanswered: bool = False
    tag: Annotated[str, msgspec.Meta(max_length=64)] = ""


class EntryQuery(Query, frozen=True):
    """Entries with a seq above `after_seq`, oldest first."""

    after_seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 200


ExplainWaiting = Callable[[str], WhyWaiting | None]
"""Ask the router why a contact still waits; None where it does not wait."""


class ReadRoutes:
    def __init__(
        self,
        store: Store,
        capabilities: Capabilities,
        facts: SetupFacts,
        why_waiting: ExplainWaiting,
        day: Intervals,
        *,
        mask_numbers: bool,
    ) -> None:
        self._store = store
        self._capabilities = capabilities
        self._facts = facts
        self._why_waiting = why_waiting
        self._day = day
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/contacts", access=Access.AGENT, summary="List contacts")
    async def list_contacts(self, principal: Principal, query: ContactQuery) -> Page[ContactRow]:
        return await self._store.read(self._list, (principal, query))

    @route("GET", "/api/v1/contacts/{contact_id}", access=Access.AGENT, summary="Show a contact")
    async def show(self, principal: Principal, contact_id: Key) -> ContactDetail:
        return await self._store.read(self._show, (principal, contact_id))

    @route(
        "GET",
        "/api/v1/conversations/{conversation_id}/interactions",
        access=Access.AGENT,
        summary="Read a conversation",
    )
    async def entries(
        self, principal: Principal, conversation_id: Key, query: EntryQuery
    ) -> Page[InteractionView]:
        return await self._store.read(self._entries, (principal, conversation_id, query))

    @route("GET", "/api/v1/colleagues", access=Access.AGENT, summary="Whom to transfer to")
    async def colleagues(self, principal: Principal) -> Page[Colleague]:
        return Page(items=await self._store.read(_colleagues, principal))

    @route("GET", "/api/v1/setup", access=Access.AGENT, summary="What the console draws from")
    async def setup(self, principal: Principal) -> ConsoleSetup:
        return await self._store.read(self._setup, principal)

    @route("GET", "/api/v1/queues", access=Access.AGENT, summary="Live figures of my queues")
    async def queues(self, principal: Principal) -> Page[QueueView]:
        return Page(items=await self._store.read(self._queues, principal))

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/why",
        access=Access.SUPERVISOR,
        summary="Why a contact still waits",
    )
    async def why_waiting(self, principal: Principal, contact_id: Key) -> WhyView:
        await self._store.read(_sees, (principal, contact_id))
        found = self._why_waiting(contact_id)
        if found is None:
            raise Conflict("This contact does not wait now.", code="contact.not_waiting")
        skills, free_s = await self._store.read(_behind, found)
        return waiting_view(found, skills, free_s)

    def _queues(self, tx: Tx, principal: Principal) -> list[QueueView]:
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        sees = reader.sight.queues
        ask = AskQueues(self._day, None if sees is None else sorted(sees))
        return queue_views(reader, queue_figures(tx, ask))

    def _list(self, tx: Tx, asked: tuple[Principal, ContactQuery]) -> Page[ContactRow]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, Position)
        found = find_contacts(
            tx,
            reader.sight,
            reader.settings,
            ContactFilter(
                states=frozenset(query.state),
                channel=query.channel or "",
                queue_id=query.queue,
                limit=query.limit,
                after=None if position is None else position.at,
                unanswered=query.unanswered,
                tag=query.tag,
            ),
        )
        return Page(
            items=contact_rows(tx, reader, found.rows),
            after=None if found.after is None else encode_cursor(Position(found.after)),
        )

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> ContactDetail:
        principal, contact_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        return show_contact(tx, reader, contact_id, self._capabilities)

    def _entries(self, tx: Tx, asked: tuple[Principal, str, EntryQuery]) -> Page[InteractionView]:
        principal, conversation_id, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        access_conversation(tx, reader.sight, conversation_id)
        wanted = EntriesAfter(conversation_id, query.after_seq, query.limit + 1)
        found = list_entries(tx, wanted, masks=reader.masks)
        shown = found[: query.limit]
        more = len(found) > query.limit
        return Page(items=shown, after=str(shown[-1].seq) if more else None)

    def _setup(self, tx: Tx, principal: Principal) -> ConsoleSetup:
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        return show_setup(tx, reader, self._capabilities, self._facts)


def _sees(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, contact_id = asked
    access_contact(tx, sight_of(tx, principal), contact_id)


def _colleagues(tx: Tx, principal: Principal) -> list[Colleague]:
    rows = tx.execute(
        select(
            users.c.id,
            users.c.name,
            agents.c.state,
            agents.c.present_until,
            agents.c.live_load,
            agents.c.capacity,
        )
        .outerjoin(agents, agents.c.id == users.c.id)
        .where(users.c.disabled_at.is_(None), users.c.id != principal.user_id)
        .order_by(users.c.name, users.c.id)
        .limit(_COLLEAGUES)
    )
    return [
        Colleague(
            id=row.id,
            name=row.name,
            state=row.state or AgentState.OFFLINE,
            free=row.state == AgentState.READY
            and row.present_until > tx.now
            and row.live_load < row.capacity,
        )
        for row in rows
    ]


def _behind(tx: Tx, found: WhyWaiting) -> tuple[dict[str, tuple[str, str]], float | None]:
    """Return what the skills of a wait are called, and when an agent is likely free for it."""
    wanted = [skill for skill, _ in found.demands]
    names = tx.execute(select(skills).where(skills.c.id.in_(wanted))) if wanted else ()
    asked = AskFreeing(found.busy, found.contact.queue, found.contact.channel)
    return {row.id: (row.zh, row.en) for row in names}, free_in_s(tx, asked)
