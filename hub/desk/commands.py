"""What an agent asks for: the commands of the desk. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the agent who holds the contact.

    `instant`: the committed interaction is the delivery (web chat); else an outbox row sends it.
    `to` None: to where the customer wrote from. `attachment_ids`: uploaded by this agent.
    `conversation_id`: another one that goes on in the contact, to answer on; None: its own.
    `aside_of`: the entry that is forwarded to `to`, or whose writer, who was forwarded one, is
    answered (asides.py).
    """

    contact_id: str
    agent_id: str
    agent_name: str
    client_id: str
    text: str
    instant: bool
    html: str | None = None
    subject: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachment_ids: tuple[str, ...] = ()
    not_before: datetime | None = None
    scheduled: bool = False  # promised while its agent held the contact, whoever holds it now
    draft_version: int | None = None  # what was written is up to this one; None: up to now
    conversation_id: str | None = None
    aside_of: str | None = None
    in_reply_to: str | None = None  # of an aside that answers one


@dataclass(frozen=True, slots=True)
class Written:
    """Where it stands in the conversation. `delivery`: sent (instant) or pending."""

    interaction_id: str
    conversation_id: str
    seq: int
    delivery: str | None


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Whom a note speaks to: a user, a team, or ("help") who steers the contact's queue.

    `name`: as it stands behind the @ in the text.
    """

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """Words among colleagues, on a contact in any state; never shown to the customer."""

    contact_id: str
    author_id: str
    author_name: str
    client_id: str
    text: str
    mentions: tuple[Mentioned, ...] = ()
