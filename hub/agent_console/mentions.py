"""Routes of notes that mention colleagues, and who is told of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row, select

from hub.contacts.access import access_contact, access_interaction
from hub.contacts.notes.reads import ListMentions, list_mentions, list_versions
from hub.contacts.notes.tables import mentions
from hub.contacts.tables import contacts, interactions
from hub.core.errors import Invalid, NotFound
from hub.customers.pinyin import search_words
from hub.desk.commands import Mentioned
from hub.desk.notes import (
    HELP,
    ChangeNote,
    change_note,
    mentionable,
    read_mentions,
    read_mentions_at,
)
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .commitment_news import CommitmentNews
from .readers import reader_of, sight_of
from .rows import contact_rows
from .shapes import ContactRow

_EXCERPT = 140
_MOST_READ = 200
MENTION_TOPICS = ("mention.made",)


class MentionBody(Body, frozen=True):
    """Whom a note speaks to: a user or a team by id; "help": who steers the contact's queue."""

    kind: Literal["user", "team", "help"]
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""


Mentions = Annotated[list[MentionBody], msgspec.Meta(max_length=20)]


class ChangeNoteBody(Body, frozen=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]
    mentions: Mentions = msgspec.field(default_factory=list)


class ReadBody(Body, frozen=True):
    """Which are read: those named, all of one contact, or (`everything`) all."""

    ids: Annotated[list[Key], msgspec.Meta(max_length=_MOST_READ)] = msgspec.field(
        default_factory=list
    )
    contact_id: Key | None = None
    everything: bool = False


class MentionQuery(PageQuery, frozen=True):
    """`unread`: only those that were not read."""

    unread: bool = False


class MentionView(View, frozen=True):
    """`kind`: user, team, help (a raised hand). `seq`: where its conversation has it."""

    id: str
    kind: str
    at: datetime
    read_at: datetime | None
    by_id: str
    by_name: str
    text: str
    seq: int
    interaction_id: str
    contact: ContactRow


class PersonToMention(View, frozen=True):
    """`words`: how a Chinese name begins in Latin letters (lina, ln)."""

    id: str
    name: str
    words: list[str]


class TeamToMention(View, frozen=True):
    id: str
    zh: str
    en: str
    words: list[str]


class WhoToMention(View, frozen=True):
    """Who may see the contact; nobody else can be mentioned in it."""

    people: list[PersonToMention]
    teams: list[TeamToMention]


class NoteVersion(View, frozen=True):
    version: int
    text: str
    replaced_at: datetime


class _Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class MentionRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/me/mentions", access=Access.AGENT, summary="Notes that mention me")
    async def mine(self, principal: Principal, query: MentionQuery) -> Page[MentionView]:
        return await self._store.read(self._list, (principal, query))

    @route(
        "POST",
        "/api/v1/me/mentions/read",
        access=Access.AGENT,
        summary="I have read what I was told",
    )
    async def read(self, principal: Principal, body: ReadBody) -> None:
        if body.ids:
            await self._store.write(read_mentions, (principal.user_id, body.ids))
        elif body.contact_id is not None or body.everything:
            await self._store.write(read_mentions_at, (principal.user_id, body.contact_id))
        else:
            raise Invalid("Say which ones: `ids`, `contact_id` or `everything`.", field="ids")

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/mentionable",
        access=Access.AGENT,
        summary="Who can be mentioned in a note of this contact",
    )
    async def mentionable(self, principal: Principal, contact_id: Key) -> WhoToMention:
        return await self._store.read(_mentionable, (principal, contact_id))

    @route(
        "PUT",
        "/api/v1/notes/{interaction_id}",
        access=Access.AGENT,
        summary="Change my note",
    )
    async def change(self, principal: Principal, interaction_id: Key, body: ChangeNoteBody) -> None:
        await self._store.write(_change, (principal, interaction_id, body))

    @route(
        "DELETE", "/api/v1/notes/{interaction_id}", access=Access.AGENT, summary="Take my note back"
    )
    async def take_back(self, principal: Principal, interaction_id: Key) -> None:
        await self._store.write(_change, (principal, interaction_id, None))

    @route(
        "GET",
        "/api/v1/notes/{interaction_id}/versions",
        access=Access.AGENT,
        summary="What a note said before",
    )
    async def versions(self, principal: Principal, interaction_id: Key) -> list[NoteVersion]:
        return await self._store.read(_versions, (principal, interaction_id))

    def _list(self, tx: Tx, asked: tuple[Principal, MentionQuery]) -> Page[MentionView]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        position = decode_cursor(query.after, _Position)
        after = None if position is None else (position.at, position.id)
        rows = list_mentions(tx, ListMentions(reader.sight, query.limit + 1, query.unread, after))
        shown = rows[: query.limit]
        found = select(contacts).where(contacts.c.id.in_({row.contact_id for row in shown}))
        at = {row.id: row for row in contact_rows(tx, reader, tx.execute(found).all())}
        more = len(rows) > query.limit
        return Page(
            items=[_view(row, at[row.contact_id]) for row in shown],
            after=encode_cursor(_Position(shown[-1].at, shown[-1].id)) if more else None,
        )


def mentioned_of(bodies: Mentions) -> tuple[Mentioned, ...]:
    """Return whom a note mentions, as the desk takes it."""
    return tuple(Mentioned(one.kind, one.id, one.name) for one in bodies)


def mention_news(tx: Tx, asked: tuple[str, str]) -> list[CommitmentNews]:
    """Return who is told that (topic, note) speaks to them. Raises NotFound."""
    _, interaction_id = asked
    row = tx.execute(select(interactions).where(interactions.c.id == interaction_id)).first()
    if row is None:
        raise NotFound("There is no such note.")
    unread = select(mentions.c.user_id, mentions.c.kind).where(
        mentions.c.interaction_id == interaction_id, mentions.c.read_at.is_(None)
    )
    told = tx.execute(unread).all()
    detail = f"{row.author_name}: {_excerpt(row.text)}"
    helpers = {one.user_id for one in told if one.kind == HELP}
    others = {one.user_id for one in told} - helpers
    return [
        CommitmentNews(user_ids, code, row.contact_id, None, detail)
        for user_ids, code in ((others, "mentioned"), (helpers, "help_asked"))
        if user_ids
    ]


def _view(row: Row[Any], contact: ContactRow) -> MentionView:
    return MentionView(
        id=row.id,
        kind=row.kind,
        at=row.at,
        read_at=row.read_at,
        by_id=row.by_id,
        by_name=row.author_name or "",
        text=row.text,
        seq=row.seq,
        interaction_id=row.interaction_id,
        contact=contact,
    )


def _mentionable(tx: Tx, asked: tuple[Principal, str]) -> WhoToMention:
    principal, contact_id = asked
    found = mentionable(tx, access_contact(tx, sight_of(tx, principal), contact_id))
    return WhoToMention(
        people=[
            PersonToMention(id=row.id, name=row.name, words=search_words(row.name))
            for row in found.people
            if row.id != principal.user_id
        ],
        teams=[
            TeamToMention(id=row.id, zh=row.zh, en=row.en, words=search_words(row.zh))
            for row in found.teams
        ],
    )


def _change(tx: Tx, asked: tuple[Principal, str, ChangeNoteBody | None]) -> None:
    principal, interaction_id, body = asked
    access_interaction(tx, sight_of(tx, principal), interaction_id)
    text = None if body is None else body.text
    mentioned = () if body is None else mentioned_of(body.mentions)
    change_note(tx, ChangeNote(interaction_id, principal.user_id, text, mentioned))


def _versions(tx: Tx, asked: tuple[Principal, str]) -> list[NoteVersion]:
    principal, interaction_id = asked
    access_interaction(tx, sight_of(tx, principal), interaction_id)
    return [
        NoteVersion(version=row.version, text=row.text, replaced_at=row.replaced_at)
        for row in list_versions(tx, interaction_id)
    ]


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…"
