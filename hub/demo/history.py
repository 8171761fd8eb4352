"""Thirty days of contacts that are over, written straight into the tables in bulk.

About forty a day over all channels, answered within their targets four times out of five, so that
customer pages, service levels and suggestions have something true to show. The gold customers the
visitor can be have a past that is written by hand: a mail of a month ago that nobody answered, and
a call of this morning that the visitor's own agent took.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from hub.contacts.references import new_reference
from hub.contacts.tables import contacts, conversations, entry_points, interactions, segments
from hub.core.ids import new_id
from hub.customers.tables import identities
from hub.routing.placement import Arrival, place
from hub.storage import Store, Tx

from .world import Person, Talk, World

if TYPE_CHECKING:
    from .seed import Login

DAYS = 30
PER_DAY = 40
_CHUNK = 100
_WITHIN_TARGET = 0.84
_SEED = 20_260_310  # the same past at every first start
_IDENTITY_OF = {"email": "email", "phone": "phone", "webchat": "email", "fax": "fax"}


# A gold customer's own past: days ago, entry point, whether the visitor's agent took it, answered.
_STORY = (
    (31.0, "support-mail", False, False),
    (24.0, "hotline", False, True),
    (16.0, "support-mail", False, True),
    (8.0, "shop-chat", False, True),
    (3.0, "hotline", True, True),
    (0.2, "repair-line", True, True),
)


@dataclass(slots=True)
class _Rows:
    conversations: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Past:
    """One contact of the past. `answered_share`: after which share of its target it was answered;
    None: nobody ever did. `waited_s`: so long instead, and `left` then."""

    person: Person
    identity_id: str
    talk: Talk
    channel: str
    point: Any  # a row of entry_points
    at: datetime
    agent: Login
    answered_share: float | None
    handled_s: float
    waited_s: float | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    """What pasts are made of. `points`: by channel; `addresses`: by (customer, identity kind)."""

    world: World
    colleagues: Sequence[Login]
    you: Login
    people: dict[str, str]
    points: dict[str, list[Any]]
    addresses: dict[tuple[str, str], str]

    def identity(self, person: Person, channel: str) -> str | None:
        return self.addresses.get((self.people[person.email], _IDENTITY_OF[channel]))


async def write_history(
    store: Store, world: World, colleagues: Sequence[Login], you: Login, people: dict[str, str]
) -> None:
    """Write the month before now. `you`: the visitor's agent; `people`: e-mail → customer id."""
    points, addresses = await store.read(known, list(people.values()))
    scene = _Scene(world, colleagues, you, people, points, addresses)
    dice = random.Random(_SEED)  # noqa: S311 - invented people, not secrets
    pasts = await store.read(
        lambda tx, _: [*_pasts(tx.now, dice, scene), *_stories(tx.now, scene)], None
    )
    for start in range(0, len(pasts), _CHUNK):
        await store.write_bulk(write_pasts, pasts[start : start + _CHUNK])


def known(
    tx: Tx, customer_ids: list[str]
) -> tuple[dict[str, list[Any]], dict[tuple[str, str], str]]:
    """Entry points by channel, and (customer, identity kind) → identity id."""
    points: dict[str, list[Any]] = {}
    for row in tx.execute(select(entry_points).where(entry_points.c.retired.is_(False))):
        points.setdefault(row.channel, []).append(row)
    rows = tx.execute(
        select(identities.c.customer_id, identities.c.kind, identities.c.id).where(
            identities.c.customer_id.in_(customer_ids)
        )
    )
    return points, {(row.customer_id, row.kind): row.id for row in rows}


def _pasts(now: datetime, dice: random.Random, scene: _Scene) -> list[Past]:
    found: list[Past] = []
    heroes = scene.world.heroes()
    people = [person for person in scene.world.people if person not in heroes]
    for number in range(DAYS * PER_DAY):
        person = dice.choice(people)
        talk = dice.choice([t for t in scene.world.talks if t.language == person.language])
        channel = dice.choice(talk.channels)
        identity_id = scene.identity(person, channel)
        if identity_id is None:
            continue
        at = (
            now - timedelta(days=DAYS) + timedelta(days=number / PER_DAY, hours=dice.uniform(-1, 0))
        )
        if now - at < timedelta(hours=1):
            continue
        found.append(
            Past(
                person=person,
                identity_id=identity_id,
                talk=talk,
                channel=channel,
                point=dice.choice(scene.points[channel]),
                at=at,
                agent=dice.choice(scene.colleagues),
                answered_share=dice.uniform(0.1, 1.0)
                if dice.random() < _WITHIN_TARGET
                else dice.uniform(1.05, 2.5),
                handled_s=dice.uniform(90, 500),
            )
        )
    return found


def _stories(now: datetime, scene: _Scene) -> list[Past]:
    """The gold customers' pasts, by hand: see _STORY."""
    found: list[Past] = []
    points = {
        point.id: (channel, point) for channel, many in scene.points.items() for point in many
    }
    for person in scene.world.heroes():
        for turn, (days, point_id, by_you, answered) in enumerate(_STORY):
            channel, point = points[point_id]
            identity_id = scene.identity(person, channel)
            talks = scene.world.talks_for(channel, person.language)
            if identity_id is None or not talks:
                continue
            talk = talks[turn % len(talks)]
            if point_id == "repair-line":
                talk = scene.world.repair_call(person.language)
            found.append(
                Past(
                    person=person,
                    identity_id=identity_id,
                    talk=talk,
                    channel=channel,
                    point=point,
                    at=now - timedelta(days=days),
                    agent=scene.you if by_you else scene.colleagues[turn % len(scene.colleagues)],
                    answered_share=0.6 if answered else None,
                    handled_s=240.0,
                )
            )
    return found


def write_pasts(tx: Tx, pasts: Sequence[Past]) -> None:
    placed = place(
        tx, [Arrival(past.point.queue_id, past.person.tier, past.channel) for past in pasts]
    )
    rows = _Rows()
    for past, columns in zip(pasts, placed, strict=True):
        _add(rows, past, columns, tx.now)
    if not rows.contacts:
        return
    tx.execute(insert(conversations), rows.conversations)
    tx.execute(insert(contacts), rows.contacts)
    tx.execute(insert(interactions), rows.interactions)
    tx.execute(insert(segments), rows.segments)


def _add(rows: _Rows, past: Past, columns: dict[str, Any], now: datetime) -> None:
    conversation_id, contact_id = new_id(), new_id()
    answered, ended = _moments(past, columns["target_s"])
    if ended > now:
        return  # it would still be going on: history is what is over
    said = _entries(past, conversation_id, contact_id, answered, ended)
    rows.interactions += said
    rows.conversations.append(
        {
            "id": conversation_id,
            "entry_point_id": past.point.id,
            "channel": past.channel,
            "identity_id": past.identity_id,
            "subject": past.talk.subject,
            "language": past.talk.language,
            "last_seq": len(said),
            "last_at": said[-1]["at"],
            "last_agent_id": past.agent.id if answered else None,
            "last_agent_at": ended if answered else None,
            "created_at": past.at,
        }
    )
    rows.contacts.append(
        {
            **columns,
            "id": contact_id,
            "reference": new_reference(),
            "conversation_id": conversation_id,
            "identity_id": past.identity_id,
            "channel": past.channel,
            "entry_point_id": past.point.id,
            "queue_id": past.point.queue_id,
            "tier": past.person.tier,
            "state": "abandoned" if past.left else "closed",
            "state_since": ended,
            "ended_as": None if past.left else "handled" if answered else "unclassified",
            "language": past.talk.language,
            "subject": past.talk.subject,
            "preview": said[-1]["text"][:200],
            "unread": 0 if answered or past.left else 1,
            "opened_at": past.at,
            "enqueued_at": past.at,
            "last_message_at": said[-1]["at"],
            "unanswered_since": None if answered or past.left else past.at,
            "answered_at": answered,
            "closed_at": ended,
            "agent_id": past.agent.id if answered else None,
            "reason_id": past.talk.reason if answered else None,
            "outcome_id": past.talk.outcome if answered else None,
            "survey_score": None,
            "meta": {},
        }
    )
    _add_segments(rows, past, contact_id, answered, ended)


def _moments(past: Past, target_s: float) -> tuple[datetime | None, datetime]:
    """Return when it was answered, if ever, and when it was over."""
    if past.left:
        return None, past.at + timedelta(seconds=past.waited_s or 0.0)
    if past.waited_s is not None:
        answered = past.at + timedelta(seconds=past.waited_s)
    elif past.answered_share is not None:
        answered = past.at + timedelta(seconds=past.answered_share * target_s)
    else:
        return None, past.at + timedelta(days=1)
    return answered, answered + timedelta(seconds=past.handled_s)


def _entries(
    past: Past, conversation_id: str, contact_id: str, answered: datetime | None, ended: datetime
) -> list[dict[str, Any]]:
    talk = past.talk
    spoken = [(talk.first, past.at, True)]
    if answered is not None:
        step = (ended - answered) / 3
        spoken += [
            (talk.answer, answered, False),
            (talk.more, answered + step, True),
            (talk.closing, answered + 2 * step, False),
        ]
    return [
        {
            "id": new_id(),
            "conversation_id": conversation_id,
            "seq": seq,
            "contact_id": contact_id,
            "identity_id": past.identity_id,
            "channel": past.channel,
            "kind": "message",
            "direction": "in" if by_customer else "out",
            "author_id": None if by_customer else past.agent.id,
            "author_name": past.person.name if by_customer else past.agent.name,
            "text": text,
            "subject": talk.subject if seq == 1 else None,
            "delivery": None if by_customer else "delivered",
            "at": at,
            "created_at": at,
            "meta": {},
        }
        for seq, (text, at, by_customer) in enumerate(spoken, start=1)
    ]


def _add_segments(
    rows: _Rows, past: Past, contact_id: str, answered: datetime | None, ended: datetime
) -> None:
    stretches: list[tuple[str, datetime, datetime, str | None, str]] = [
        ("waiting", past.at, answered or ended, None, _left_by(past, answered))
    ]
    if answered is not None:
        stretches.append(("handling", answered, ended, past.agent.id, "closed"))
    rows.segments += [
        {
            "id": new_id(),
            "contact_id": contact_id,
            "kind": kind,
            "queue_id": past.point.queue_id,
            "channel": past.channel,
            "tier": past.person.tier,
            "agent_id": agent_id,
            "started_at": started,
            "ended_at": until,
            "ended_by": ended_by,
        }
        for kind, started, until, agent_id, ended_by in stretches
    ]


def _left_by(past: Past, answered: datetime | None) -> str:
    """Return the state that ended the wait."""
    if answered is not None:
        return "offered"
    return "abandoned" if past.left else "closed"
