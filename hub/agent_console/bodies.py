"""What REST calls of the console carry. Pure; the front end's contract."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.web.shapes import Body

from .mentions import Mentions
from .shapes import Shape


class StateBody(Body, frozen=True):
    """PUT /api/v1/me/state. `after_contact`: change when the present contact ends."""

    state: Literal["ready", "not_ready", "offline"]
    reason: str | None = None
    after_contact: bool = False


class ReplyBody(Body, frozen=True):
    """POST /api/v1/contacts/{id}/reply. The same client_id again gives the same answer.

    With `html` the text is made of it, and `text` is not read; a channel that has no formatting
    sends that text, and so does every channel where the HTML formats nothing.
    """

    client_id: str
    text: str = ""
    html: str | None = None
    subject: str | None = None
    to: list[str] | None = None
    cc: list[str] = msgspec.field(default_factory=list)
    bcc: list[str] = msgspec.field(default_factory=list)
    attachments: list[str] = msgspec.field(default_factory=list)  # ids from POST /attachments
    article_ids: list[str] = msgspec.field(default_factory=list)  # knowledge used in it
    draft_version: int | None = None  # the draft it was made of; a later one is left alone
    conversation_id: str | None = None  # one that was merged into the contact, to answer on
    aside_of: str | None = None  # the entry that is forwarded to `to`, below these words


class NoteBody(Body, frozen=True):
    """POST /api/v1/contacts/{id}/note. Who is mentioned must be one who may see the contact."""

    client_id: str
    text: str
    mentions: Mentions = msgspec.field(default_factory=list)


class Posted(Shape, frozen=True):
    interaction_id: str
    conversation_id: str
    seq: int
    delivery: str | None


class TransferBody(Body, frozen=True):
    """To a queue or to an agent, exactly one."""

    queue_id: str | None = None
    agent_id: str | None = None
    note: str = ""


class ParkBody(Body, frozen=True):
    until: datetime | None = None


class DispositionBody(Body, frozen=True):
    """`fields`: what the reason or outcome asks for besides, by key of the closing field."""

    reason_id: str | None = None
    outcome_id: str | None = None
    next_action: str | None = None
    note: str = ""
    fields: Annotated[
        dict[
            Annotated[str, msgspec.Meta(max_length=64)],
            Annotated[str, msgspec.Meta(max_length=1_000)] | float | None,
        ],
        msgspec.Meta(max_length=20),
    ] = msgspec.field(default_factory=dict)


class CloseBody(Body, frozen=True):
    disposition: DispositionBody | None = None


class DeclineBody(Body, frozen=True):
    reason: str | None = None


class IdentityBody(Body, frozen=True):
    kind: Literal["email", "phone", "fax", "visitor", "external"]
    value: str
    name: str | None = None


class StartContactBody(Body, frozen=True):
    """POST /api/v1/contacts: begin a mail or call, or file a contact from a shop, a form, a visit.

    `direction` "out" gives it to the one who asks: a mail is active at once, a call is connecting
    until the customer answers. "in" queues it. `customer_id`, `identity_id` (an address of a
    customer, which may be masked) or `identities` says for whom. The same `dedupe_key` begins
    nothing twice.

    `purpose`: what a contact "out" is for; it is refused ("outreach.…") where the customer may not
    be reached for that. `material`: the key of what is sent, which nobody is sent twice.
    `override_reason`: a supervisor lets it go out although a complaint is open or it was often
    enough.
    """

    channel: Literal["phone", "email", "webchat", "fax", "sms"]
    direction: Literal["in", "out"] = "in"
    entry_point_id: str | None = None
    queue_id: str | None = None
    customer_id: str | None = None
    identity_id: str | None = None
    identities: list[IdentityBody] = msgspec.field(default_factory=list)
    subject: str | None = None
    text: str = ""
    attachments: list[str] = msgspec.field(default_factory=list)
    dedupe_key: str | None = None
    purpose: Literal["service", "marketing", "survey"] = "service"
    material: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    override_reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None


class Started(Shape, frozen=True):
    contact_id: str
    conversation_id: str
