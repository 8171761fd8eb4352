"""Shapes of the console: what REST answers and socket frames show. Pure; the front end's contract.

Times are ISO 8601 UTC, durations seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from .call_shapes import CallProgress as CallProgress
from .call_shapes import PlaceView
from .call_shapes import RecordingLive as RecordingLive
from .callback_shapes import CallbackBrief, CallbackView, PhoneListBrief
from .capabilities import CapabilitiesView as CapabilitiesView
from .capabilities import Recipients as Recipients
from .disposition_shapes import ClosingFieldView, DispositionView, Label, OutcomeView, ReasonView
from .due import DeadlineView
from .joining_shapes import JoinedConversation, MergedInto
from .shape import Shape as Shape


class CustomerBrief(Shape, frozen=True):
    id: str
    name: str
    tier: str  # as this reader may see it (agents see low as standard)
    language: str | None
    address: str  # the identity they reached us by, as this reader may see it
    kind: str = "person"


class Urgency(Shape, frozen=True):
    """Share of the promise used, and how it goes on: value + (now - at) / target_s while running:
    not outside the business hours of a business-time channel, nor once answered.
    """

    value: float
    at: datetime
    target_s: int
    waited_s: float
    running: bool
    warn_from: float = 0.8  # the share from which it presses


class ProofView(Shape, frozen=True):
    """The customer proved by a code who they are; it counts before `until`."""

    at: datetime
    until: datetime


class ContactRow(Shape, frozen=True):
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
    interrupted_until: datetime | None = None  # set aside for a live contact until then
    reminded_at: datetime | None = None  # its customer is silent: it takes no capacity
    direction: str = "in"  # who opened it
    call: CallProgress | None = None
    recording: RecordingLive | None = None
    callback: CallbackBrief | None = None  # it is an attempt to call somebody back
    phone_list: PhoneListBrief | None = None  # somebody of a list, called by us
    in_pbx: bool = False  # the firm's own phone system has the audio: it holds and passes it on
    draft_author_id: str | None = None  # a reply was begun, and last changed by this user
    draft_version: int = 0
    deadline: DeadlineView | None = None  # the most pressing one
    tags: list[str] = msgspec.field(default_factory=list)
    scheduled_at: datetime | None = None  # when the next answer goes out later; one is held:
    scheduled_held: bool = False
    closing: bool = False  # it closes once what can still be taken back has gone out
    proof: ProofView | None = None  # a code proved who they are


class FoundEntry(Shape, frozen=True):
    """An entry in which words were found: one line around them, and the contact it belongs to."""

    id: str
    at: datetime
    kind: str
    direction: str
    excerpt: str
    contact: ContactRow


class FileView(Shape, frozen=True):
    """`url` serves it as a download; `preview_urls` are pages as PNG where there are any."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    url: str
    inline: bool = False
    content_id: str | None = None
    preview_urls: list[str] = msgspec.field(default_factory=list)


class InteractionView(Shape, frozen=True):
    """One entry of the timeline. `html` is sanitised and still shown only in a sandboxed frame.

    `quoted` is the folded part of a mail. `meta` holds what the channel knows: to, cc, pages,
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
    has_original: bool  # the bytes as they came can be looked at


class SegmentView(Shape, frozen=True):
    kind: str
    queue_id: str
    agent_name: str | None
    started_at: datetime
    ended_at: datetime | None


class WhyView(Shape, frozen=True):
    """A decision record in one plain sentence for each language, with the parts behind it."""

    zh: str
    en: str
    details: dict[str, Any]  # Any: the record of routing.model.Decision as JSON


class ContactDetail(Shape, frozen=True):
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
    deadlines: list[DeadlineView]  # what is due, the most pressing first
    other_open: list[ContactRow]  # the same customer's other open contacts
    same_subject: list[str] = msgspec.field(default_factory=list)  # of these, by id
    pending_callback: CallbackView | None = None  # that the same customer has coming
    may_be_another: bool = False  # the address is one that several can use: who it was is chosen
    sharers: list[CustomerBrief] = msgspec.field(default_factory=list)  # who else uses it
    merged: list[JoinedConversation] = msgspec.field(default_factory=list)  # what goes on in it
    merged_into: MergedInto | None = None  # in which this one goes on
    brought: list[InteractionView] = msgspec.field(default_factory=list)  # split off into it


class HandedView(Shape, frozen=True):
    """Who gave the contact on, and what they say of it."""

    by_name: str
    at: datetime
    note: str


class OfferView(Shape, frozen=True):
    id: str
    contact: ContactRow
    made_at: datetime
    expires_at: datetime
    why: WhyView
    served_you_last: bool
    last_contact_at: datetime | None
    may_decline: bool
    other_open: list[ContactRow]
    handed: HandedView | None = None
    origin: PlaceView | None = None  # where the number is from by which they reached us


class ChannelLoad(Shape, frozen=True):
    """What of a channel is held. `unreached_since`: nothing of it is offered since it rings nowhere
    at the agent's."""

    channel: str
    open: int
    max: int
    unreached_since: datetime | None = None


class AgentView(Shape, frozen=True):
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


class TierCount(Shape, frozen=True):
    tier: str
    waiting: int


class ServiceLevelView(Shape, frozen=True):
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


class QueueStop(Shape, frozen=True):
    """A queue that a supervisor has paused or closed; `until`: it opens by itself then."""

    state: str
    reason: str
    since: datetime
    until: datetime | None
    by_name: str | None


class QueueView(Shape, frozen=True):
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
    stop: QueueStop | None = None


class Board(Shape, frozen=True):
    """Live figures for supervisors, pushed within 2 s of a change."""

    at: datetime
    queues: list[QueueView]
    agents: list[AgentView]
    waiting: list[ContactRow]  # the most urgent first, at most 50


class WaitingSummary(Shape, frozen=True):
    """The ticker of the top bar: what waits in the queues this user sees."""

    waiting: int
    longest_wait_s: float | None
    at: datetime


class CommitmentView(Shape, frozen=True):
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


# Set-up the console needs to draw anything


class TierView(Label, frozen=True):
    chip: bool
    position: int


class QueueLabel(Label, frozen=True):
    """`mine`: the reader is offered its contacts, or steers it. `stop`: where it is stopped.
    `full_wrap_up`: the channels on which wrap-up lasts its full time.
    """

    team_id: str | None
    disposition_required: bool
    full_wrap_up: list[str]
    mine: bool = False
    stop: QueueStop | None = None


class EntryPointView(Shape, frozen=True):
    id: str
    channel: str
    address: str
    display_name: str
    queue_id: str
    language: str
    capabilities: CapabilitiesView


class TagLabel(Label, frozen=True):
    colour: str
    retired: bool  # on contacts of the past only


class Colleague(Shape, frozen=True):
    id: str
    name: str
    state: str
    free: bool


class ConsoleSetup(Shape, frozen=True):
    """GET /api/v1/setup. The reader may take waiting contacts (`may_pull`), open originals.

    `branches`: teams that have customers of their own, if any do. `skills`: retired ones, too.
    `panel`: the sections of the side panel that are shown, in order; "links" only where some are.
    """

    organisation: str
    timezone: str
    tiers: list[TierView]
    queues: list[QueueLabel]
    reasons: list[ReasonView]
    outcomes: list[OutcomeView]
    closing_fields: list[ClosingFieldView]
    next_actions: list[Label]
    not_ready_reasons: list[Label]
    decline_reasons: list[Label]
    branches: list[Label]
    skills: list[Label]
    entry_points: list[EntryPointView]
    tags: list[TagLabel]
    panel: list[str]
    may_pull: bool
    opens_originals: bool
    demo: bool
