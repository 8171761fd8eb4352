"""Shapes of the console: what REST bodies and socket frames carry. Pure; the front end's contract.

Times are ISO 8601 UTC, durations seconds. Socket frames are JSON objects with a `type`.

State frames from the server carry `n`, one more than the frame before on the same socket: a console
that sees a gap sends `resync` and gets a snapshot again. Rows carry `version`: an older one than the
one held is ignored. `live` frames carry no `n` and may be lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what goes out."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what comes in: unknown fields are refused by path."""


# ---- shapes shared by REST and the socket --------------------------------------------------------


class CustomerBrief(Shape):
    id: str
    name: str
    tier: str  # as this reader may see it (agents see low as standard)
    language: str | None
    address: str  # the identity they reached us by, as this reader may see it
    kind: str = "person"


class Urgency(Shape):
    """Share of the promise used, and how it goes on: value + (now - at) / target_s while running.

    `running` is false outside the business hours of a business-time channel, and once answered.
    """

    value: float
    at: datetime
    target_s: int
    waited_s: float
    running: bool


class ContactRow(Shape):
    """One contact as lists show it, and as deltas carry it."""

    id: str
    version: int
    reference: str
    state: str
    state_since: datetime
    channel: str
    entry_point_id: str
    queue_id: str
    tier: str
    conversation_id: str
    customer: CustomerBrief
    urgency: Urgency
    enqueued_at: datetime
    last_message_at: datetime
    unanswered_since: datetime | None
    answered_at: datetime | None
    subject: str | None
    preview: str
    unread: int
    agent_id: str | None
    agent_name: str | None
    wrap_until: datetime | None
    wrap_extensions: int
    parked_until: datetime | None
    priority: int
    ended_as: str | None
    commitment_due_at: datetime | None  # the customer's nearest open commitment
    target_s: int
    language: str | None = None


class FileView(Shape):
    """`url` serves it as a download; `preview_urls` are pages as PNG where there are any."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    url: str
    inline: bool = False
    content_id: str | None = None
    preview_urls: list[str] = []


class InteractionView(Shape):
    """One entry of the timeline. `html` is sanitised and still shown only in a sandboxed frame.

    `quoted` is the folded part of a mail's text. `meta` holds what the channel knows: to, cc, pages,
    duration_s, recording, acknowledged, why_not_acknowledged.
    """

    id: str
    conversation_id: str
    seq: int
    contact_id: str | None
    channel: str
    kind: str
    direction: str
    author_id: str | None
    author_name: str | None
    client_id: str | None
    text: str
    quoted: str | None
    html: str | None
    subject: str | None
    delivery: str | None
    delivery_detail: str | None
    at: datetime
    files: list[FileView]
    meta: dict[str, Any]  # Any: JSON scalars of the channel's choosing


class CapabilitiesView(Shape):
    reply: bool
    html: bool
    subject: bool
    recipients: bool
    files: bool
    live: bool
    call: bool
    instant: bool


class Recipients(Shape):
    to: list[str]
    cc: list[str]


class DispositionView(Shape):
    reason_id: str | None
    outcome_id: str | None
    next_action: str | None
    note: str | None


class SegmentView(Shape):
    kind: str
    queue_id: str
    agent_name: str | None
    started_at: datetime
    ended_at: datetime | None


class WhyView(Shape):
    """A decision record in one plain sentence for each language, with the parts behind it."""

    zh: str
    en: str
    details: dict[str, Any]  # Any: the record of routing.model.Decision as JSON


class ContactDetail(Shape):
    contact: ContactRow
    entry_point_name: str
    capabilities: CapabilitiesView
    recipients: Recipients
    why: WhyView | None
    disposition: DispositionView
    segments: list[SegmentView]
    last_seq: int
    customer_read_seq: int
    promised_at: datetime | None
    quarantine_reason: str | None
    raw_file_url: str | None
    survey_score: int | None
    survey_comment: str | None
    other_open: list[ContactRow]  # the same customer's other open contacts


class OfferView(Shape):
    id: str
    contact: ContactRow
    made_at: datetime
    expires_at: datetime
    why: WhyView
    served_you_last: bool
    last_contact_at: datetime | None
    may_decline: bool
    other_open: list[ContactRow]


class ChannelLoad(Shape):
    channel: str
    open: int
    max: int


class AgentView(Shape):
    """One agent on the wallboard, and oneself in the top bar."""

    id: str
    name: str
    state: str  # offline, ready, not_ready
    reason: str | None
    state_since: datetime
    next_state: str | None
    overlay: str  # idle, ringing, on_contact, wrap_up
    online: bool
    load: int
    capacity: int
    channels: list[ChannelLoad]
    version: int


class TierCount(Shape):
    tier: str
    waiting: int


class ServiceLevelView(Shape):
    """`value` is None while nothing was eligible. Formula: answered within within_s ÷
    (answered + abandoned − short abandons), contacts enqueued today in the queue's zone."""

    channel: str
    value: float | None
    within_s: int
    goal: float
    answered_within: int
    answered: int
    abandoned: int
    short_abandoned: int


class QueueView(Shape):
    id: str
    zh: str
    en: str
    waiting: int
    by_tier: list[TierCount]
    longest_wait_s: float | None
    longest_contact_id: str | None
    longest_urgency: float | None
    handling: int
    wrapping: int
    parked: int
    agents_ready: int
    agents_idle: int
    service_level: list[ServiceLevelView]
    answered_today: int
    abandoned_today: int
    mean_wait_s: float | None


class WaitingSummary(Shape):
    """The ticker of the top bar: what waits in the queues this user sees."""

    waiting: int
    longest_wait_s: float | None
    at: datetime


class CommitmentView(Shape):
    id: str
    kind: str
    text: str
    customer_id: str
    customer_name: str
    owner_id: str
    owner_name: str | None
    contact_id: str | None
    made_at: datetime
    due_at: datetime
    state: str


class MeView(Shape):
    id: str
    name: str
    email: str
    role: str
    language: str
    theme: str
    team_ids: list[str]
    settings: dict[str, Any] = {}  # Any: the console's own preferences, kept as they are


# ---- set-up the console needs to draw anything ---------------------------------------------------


class Label(Shape):
    id: str
    zh: str
    en: str


class TierView(Label):
    chip: bool
    position: int


class QueueLabel(Label):
    team_id: str | None
    disposition_required: bool


class ReasonView(Label):
    parent_id: str | None
    queues: list[str]


class EntryPointView(Shape):
    id: str
    channel: str
    address: str
    display_name: str
    queue_id: str
    language: str
    capabilities: CapabilitiesView


class CannedView(Shape):
    id: str
    language: str
    title: str
    text: str
    queues: list[str]


class Colleague(Shape):
    id: str
    name: str
    state: str
    free: bool


class ConsoleSetup(Shape):
    """GET /api/v1/setup"""

    organisation: str
    timezone: str
    tiers: list[TierView]
    queues: list[QueueLabel]
    reasons: list[ReasonView]
    outcomes: list[Label]
    next_actions: list[Label]
    not_ready_reasons: list[Label]
    decline_reasons: list[Label]
    entry_points: list[EntryPointView]
    canned: list[CannedView]
    demo: bool


# ---- REST bodies ---------------------------------------------------------------------------------


class StateBody(Body):
    """PUT /api/v1/me/state. `after_contact`: change when the present contact ends."""

    state: Literal["ready", "not_ready", "offline"]
    reason: str | None = None
    after_contact: bool = False


class ReplyBody(Body):
    """POST /api/v1/contacts/{id}/reply. The same client_id again gives the same answer."""

    client_id: str
    text: str = ""
    html: str | None = None
    subject: str | None = None
    to: list[str] | None = None
    cc: list[str] = []
    bcc: list[str] = []
    attachments: list[str] = []  # ids from POST /attachments
    article_ids: list[str] = []  # knowledge used in it


class NoteBody(Body):
    client_id: str
    text: str


class Posted(Shape):
    interaction_id: str
    conversation_id: str
    seq: int
    delivery: str | None


class TransferBody(Body):
    """To a queue or to an agent, exactly one."""

    queue_id: str | None = None
    agent_id: str | None = None
    note: str = ""


class ParkBody(Body):
    until: datetime | None = None


class DispositionBody(Body):
    reason_id: str | None = None
    outcome_id: str | None = None
    next_action: str | None = None
    note: str = ""


class CloseBody(Body):
    disposition: DispositionBody | None = None


class DeclineBody(Body):
    reason: str | None = None


class ExtendBody(Body):
    """More time for wrap-up, in the steps the set-up allows."""


class IdentityBody(Body):
    kind: Literal["email", "phone", "fax", "visitor", "external"]
    value: str
    name: str | None = None


class StartContactBody(Body):
    """POST /api/v1/contacts: begin a mail or call, or file a contact from a shop, a form, a visit.

    `direction` "out" gives it to the one who asks (active); "in" queues it. `customer_id` or
    `identities` says for whom.
    """

    channel: Literal["phone", "email", "webchat", "fax"]
    direction: Literal["in", "out"] = "in"
    entry_point_id: str | None = None
    queue_id: str | None = None
    customer_id: str | None = None
    identities: list[IdentityBody] = []
    subject: str | None = None
    text: str = ""
    attachments: list[str] = []
    dedupe_key: str | None = None


class Started(Shape):
    contact_id: str
    conversation_id: str


class CommitmentBody(Body):
    """POST /api/v1/contacts/{id}/commitments or /customers/{id}/commitments"""

    kind: Literal["callback", "visit", "repair", "quote", "other"]
    text: str
    due_at: datetime
    owner_id: str | None = None


# ---- console socket: from the console ------------------------------------------------------------


class Hello(Body, tag="hello"):
    """First frame. Browsers come with the session cookie and its CSRF token; programs with an API key."""

    csrf: str | None = None
    api_key: str | None = None
    board: bool = False  # also wants the wallboard (supervisors)


class Resync(Body, tag="resync"):
    """Ask for the snapshot again."""


class OpenConversation(Body, tag="open"):
    """Follow one conversation: everything after `after_seq` now, then each new entry."""

    conversation_id: str
    after_seq: int = 0


class LeaveConversation(Body, tag="leave"):
    conversation_id: str


class Typing(Body, tag="typing"):
    """The agent writes to the customer; never sent while writing a note."""

    conversation_id: str
    on: bool


class Seen(Body, tag="seen"):
    """The agent has read the contact up to now: its unread count goes to 0."""

    contact_id: str


class WatchBoard(Body, tag="board"):
    on: bool


class Beat(Body, tag="beat"):
    """Every 5 s: renews presence. A console silent for `presence.lost_s` is gone."""


ConsoleFrame = (
    Hello | Resync | OpenConversation | LeaveConversation | Typing | Seen | WatchBoard | Beat
)


# ---- console socket: to the console --------------------------------------------------------------


class Snapshot(Shape, tag="snapshot"):
    """Everything the console shows, as of now; replaces all it held."""

    n: int
    at: datetime
    me: AgentView
    offers: list[OfferView]
    contacts: list[ContactRow]  # mine: connecting, active, hold, parked, wrap_up
    to_do: list[ContactRow]  # mine, closed as unclassified
    commitments: list[CommitmentView]  # mine, open
    summary: WaitingSummary
    board: Board | None


class Board(Shape):
    """Live figures for supervisors, pushed within 2 s of a change."""

    at: datetime
    queues: list[QueueView]
    agents: list[AgentView]
    waiting: list[ContactRow]  # the most urgent first, at most 50


class ContactDelta(Shape, tag="contact"):
    """A contact of mine is new or changed."""

    n: int
    row: ContactRow


class ContactGone(Shape, tag="contact_gone"):
    """No longer mine: closed, transferred, taken back."""

    n: int
    contact_id: str
    row: ContactRow | None


class OfferDelta(Shape, tag="offer"):
    n: int
    offer: OfferView


class OfferGone(Shape, tag="offer_gone"):
    """`why`: accepted, declined, expired, withdrawn."""

    n: int
    offer_id: str
    why: str


class MeDelta(Shape, tag="me"):
    n: int
    me: AgentView


class InteractionsDelta(Shape, tag="interactions"):
    """New or changed entries of a followed conversation; an entry known by id is replaced."""

    n: int
    conversation_id: str
    items: list[InteractionView]
    customer_read_seq: int


class SummaryDelta(Shape, tag="summary"):
    n: int
    summary: WaitingSummary


class BoardDelta(Shape, tag="board"):
    n: int
    board: Board


class CommitmentsDelta(Shape, tag="commitments"):
    n: int
    commitments: list[CommitmentView]


class ToDoDelta(Shape, tag="to_do"):
    n: int
    contacts: list[ContactRow]


class Notice(Shape, tag="notice"):
    """Something this user should know once: a missed offer, a broken commitment, a failed mail."""

    n: int
    code: str  # i18n key: missed_offer, commitment_reminder, commitment_broken, delivery_failed
    contact_id: str | None = None
    customer_id: str | None = None
    detail: str | None = None


class Live(Shape, tag="live"):
    """May be lost: the customer is typing, joined, left."""

    conversation_id: str
    event: str
    on: bool
    text: str | None = None


class BeatBack(Shape, tag="beat"):
    at: datetime


class Problem(Shape, tag="problem"):
    """A frame was refused; the socket stays open unless it is the first frame."""

    code: str
    message: str


class SetupChanged(Shape, tag="setup"):
    """Load GET /api/v1/setup again."""

    n: int


ServerFrame = (
    Snapshot
    | ContactDelta
    | ContactGone
    | OfferDelta
    | OfferGone
    | MeDelta
    | InteractionsDelta
    | SummaryDelta
    | BoardDelta
    | CommitmentsDelta
    | ToDoDelta
    | Notice
    | Live
    | BeatBack
    | Problem
    | SetupChanged
)
