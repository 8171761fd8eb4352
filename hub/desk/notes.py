"""Notes that speak to colleagues: mentions, a raised hand, and changing one's own note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, delete, exists, func, insert, or_, select, update

from hub.accounts.tables import team_members, teams, users
from hub.contacts import service as contact_service
from hub.contacts.model import InteractionKind
from hub.contacts.notes.tables import mentions, note_versions
from hub.contacts.tables import interactions
from hub.core.errors import Conflict, Forbidden, Invalid
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.storage.search import Document, SearchKind, reindex_documents, remove_documents
from hub.web import Role

from .commands import Mentioned, Note, Written
from .messages import check_note, mentions_meta
from .messages import note as append_note

CHANGEABLE = timedelta(minutes=15)
MOST_PEOPLE = 200
"""So many a note may reach; a larger team has a wallboard, or a queue."""

_OWN = "user"
_TEAM = "team"
HELP = "help"
_AT_DESKS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


class Colleagues(NamedTuple):
    """Who may be mentioned at a contact: users and teams as (id, names)."""

    people: list[Row[Any]]
    teams: list[Row[Any]]


def mentionable(tx: Tx, contact: Row[Any]) -> Colleagues:
    """Return who may see the contact, by name: all others would be told of what is not theirs."""
    seen = _who_sees(contact)
    people = select(users.c.id, users.c.name, users.c.role).where(*seen)
    serving = (
        select(teams.c.id, teams.c.zh, teams.c.en)
        .join(queue_teams, queue_teams.c.team_id == teams.c.id)
        .where(queue_teams.c.queue_id == contact.queue_id, teams.c.retired.is_(False))
    )
    return Colleagues(
        list(tx.execute(people.order_by(users.c.name, users.c.id).limit(500))),
        list(tx.execute(serving.order_by(teams.c.id))),
    )


def note(tx: Tx, cmd: Note) -> Written:
    """Append a note and tell whom it mentions. The same (author, client id) again tells nobody
    twice. Raises Invalid where somebody may not see the contact: nothing is written then.
    """
    contact = contact_service.get_contact(tx, cmd.contact_id)
    told = _told(tx, contact, cmd.mentions, cmd.author_id)
    written = append_note(tx, cmd)
    _tell(tx, written.interaction_id, contact.id, cmd.author_id, told)
    return written


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """An author says it otherwise. `text` None: takes it back."""

    interaction_id: str
    author_id: str
    text: str | None
    mentions: tuple[Mentioned, ...] = ()


def change_note(tx: Tx, cmd: ChangeNote) -> None:
    """Change or take back one's own note; what it said is kept. Raises Conflict after a while."""
    found = select(interactions).where(interactions.c.id == cmd.interaction_id).with_for_update()
    row = tx.execute(found).one()
    _check_changeable(tx, row, cmd)
    text = hide_card_numbers(tx, cmd.text or "")
    contact = contact_service.get_contact(tx, row.contact_id)
    told = _told(tx, contact, cmd.mentions, cmd.author_id)
    _keep_version(tx, row)
    gone = cmd.text is None
    meta = {"code": "note_deleted"} if gone else mentions_meta(cmd.mentions)
    tx.execute(
        update(interactions)
        .where(interactions.c.id == row.id)
        .values(text=text, meta={**meta, "edited_at": tx.now.isoformat()})
    )
    if cmd.text is None:
        remove_documents(tx, SearchKind.INTERACTIONS, [row.id])
    else:
        document = Document(row.id, text, row.at)
        reindex_documents(tx, SearchKind.INTERACTIONS, [document])
    _forget_mentions(tx, row.id, told)
    _tell(tx, row.id, contact.id, cmd.author_id, told)
    tx.hint("conversation.marked", row.conversation_id)


def _check_changeable(tx: Tx, row: Row[Any], cmd: ChangeNote) -> None:
    if row.kind != InteractionKind.NOTE or row.author_id != cmd.author_id:
        raise Forbidden("Only your own notes can be changed.", code="note.not_yours")
    if row.meta.get("code") is not None:
        raise Conflict("This note was taken back already.", code="note.deleted")
    if tx.now - row.created_at > CHANGEABLE:
        minutes = int(CHANGEABLE.total_seconds() // 60)
        raise Conflict(
            f"A note can be changed for {minutes} minutes: write another one.",
            code="note.too_late",
            minutes=minutes,
        )
    if cmd.text is not None:
        check_note(cmd.text)


def _keep_version(tx: Tx, row: Row[Any]) -> None:
    last = select(func.coalesce(func.max(note_versions.c.version), 0)).where(
        note_versions.c.interaction_id == row.id
    )
    version = tx.execute(last).scalar_one() + 1
    tx.execute(
        insert(note_versions).values(
            interaction_id=row.id, version=version, text=row.text, replaced_at=tx.now
        )
    )


def read_mentions(tx: Tx, cmd: tuple[str, Sequence[str]]) -> int:
    """(user, ids of mentions): read. A raised hand that one has seen to waits for nobody else.

    Returns how many were unread.
    """
    user_id, mention_ids = cmd
    return _read(tx, user_id, mentions.c.id.in_(sorted(set(mention_ids))))


def read_mentions_at(tx: Tx, cmd: tuple[str, str | None]) -> int:
    """(user, contact): all that is said to the user there is read; contact None: everywhere."""
    user_id, contact_id = cmd
    at = () if contact_id is None else (mentions.c.contact_id == contact_id,)
    return _read(tx, user_id, *at)


def _read(tx: Tx, user_id: str, *which: Any) -> int:
    rows = tx.execute(
        update(mentions)
        .where(mentions.c.user_id == user_id, mentions.c.read_at.is_(None), *which)
        .values(read_at=tx.now)
        .returning(mentions.c.interaction_id, mentions.c.kind)
    ).all()
    helped = {row.interaction_id for row in rows if row.kind == HELP}
    others: Iterable[str] = ()
    if helped:
        others = tx.execute(
            update(mentions)
            .where(
                mentions.c.interaction_id.in_(helped),
                mentions.c.kind == HELP,
                mentions.c.read_at.is_(None),
            )
            .values(read_at=tx.now)
            .returning(mentions.c.user_id)
        ).scalars()
    for reader in {*others, *({user_id} if rows else ())}:
        tx.hint("mention.read", reader)
    return len(rows)


def _told(
    tx: Tx, contact: Row[Any], mentioned: Sequence[Mentioned], author_id: str
) -> dict[str, str]:
    """Return user → how they are mentioned: by name before as one of many. Raises Invalid."""
    if not mentioned:
        return {}
    told: dict[str, str] = {}
    for kind, ids in _by_kind(mentioned).items():
        found = _reached(tx, contact, kind, ids)
        for user_id in found:
            told.setdefault(user_id, kind)
    told.pop(author_id, None)
    if len(told) > MOST_PEOPLE:
        raise Invalid(
            f"A note reaches at most {MOST_PEOPLE} people: mention a smaller team.",
            code="mention.too_many",
            most=MOST_PEOPLE,
            field="mentions",
        )
    return told


def _by_kind(mentioned: Sequence[Mentioned]) -> dict[str, dict[str, str]]:
    """Names by id, of those by name first: who is meant as a person is told as one."""
    kinds: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for one in mentioned:
        kinds[one.kind][one.id] = one.name
    return {kind: kinds[kind] for kind in (_OWN, HELP, _TEAM) if kind in kinds}


def _reached(tx: Tx, contact: Row[Any], kind: str, names: dict[str, str]) -> set[str]:
    """Return whom mentions of one kind reach. Raises Invalid for who may not see the contact."""
    seen = _who_sees(contact)
    if kind == _OWN:
        found = select(users.c.id).where(users.c.id.in_(sorted(names)), *seen)
        reached = set(tx.execute(found).scalars())
        _check_all(names, reached)
        return reached
    if kind == HELP:
        steering = users.c.role.in_([Role.SUPERVISOR, Role.ADMIN])
        reached = set(tx.execute(select(users.c.id).where(steering, *seen)).scalars())
        if not reached:
            raise Invalid("Nobody steers this queue: ask a colleague.", code="help.nobody")
        return reached
    members = tx.execute(
        select(team_members.c.team_id, users.c.id)
        .join(users, users.c.id == team_members.c.user_id)
        .where(team_members.c.team_id.in_(sorted(names)), *seen)
    ).all()
    _check_all(names, {row.team_id for row in members})
    return {row.id for row in members}


def _check_all(names: dict[str, str], reached: Collection[str]) -> None:
    if unseen := [name for one, name in names.items() if one not in reached]:
        listed = ", ".join(sorted(unseen))
        raise Invalid(
            f"{listed} may not see this contact: transfer it, or mention somebody of its queue.",
            code="mention.not_seen",
            field="mentions",
            names=listed,
        )


def _who_sees(contact: Row[Any]) -> list[Any]:
    """Conditions on `users`: who has a desk and may see the contact (hub.contacts.access)."""
    serving = exists().where(
        and_(
            team_members.c.user_id == users.c.id,
            team_members.c.team_id == queue_teams.c.team_id,
            queue_teams.c.queue_id == contact.queue_id,
        )
    )
    sees = or_(users.c.role == Role.ADMIN, users.c.id == (contact.agent_id or ""), serving)
    return [users.c.disabled_at.is_(None), users.c.role.in_(_AT_DESKS), sees]


def _tell(
    tx: Tx, interaction_id: str, contact_id: str, author_id: str, told: dict[str, str]
) -> None:
    if not told:
        return
    found = select(mentions.c.user_id).where(mentions.c.interaction_id == interaction_id)
    known = set(tx.execute(found).scalars())
    rows = [
        {
            "id": new_id(),
            "user_id": user_id,
            "interaction_id": interaction_id,
            "contact_id": contact_id,
            "kind": kind,
            "by_id": author_id,
            "at": tx.now,
        }
        for user_id, kind in sorted(told.items())
        if user_id not in known
    ]
    if rows:
        tx.execute(insert(mentions), rows)
        tx.hint("mention.made", interaction_id)


def _forget_mentions(tx: Tx, interaction_id: str, told: dict[str, str]) -> None:
    """Who is not spoken to any more is not told any more."""
    gone = tx.execute(
        delete(mentions)
        .where(mentions.c.interaction_id == interaction_id, mentions.c.user_id.not_in(sorted(told)))
        .returning(mentions.c.user_id)
    ).scalars()
    for user_id in gone:
        tx.hint("mention.read", user_id)
