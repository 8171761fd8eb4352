"""The business set-up file (config/contact_center.example.toml) as typed values. Pure.

Unknown keys are refused by their path. Lists by tier follow the order of `tiers`; maps are by
channel unless said otherwise; durations are seconds, shares are 0–1.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from hub.contacts.signatures import WrittenTexts
from hub.customers import settings as about
from hub.routing.settings import NextReply

from . import parts
from .parts import (
    ClosingFieldSetup,
    HoursSetup,
    Key,
    Name,
    Outcome,
    QueueRecording,
    Reason,
    ReserveRule,
    SidePanelSetup,
)

Heading = Annotated[str, Meta(min_length=1, max_length=64)]  # names hours or a profile
Language = Annotated[str, Meta(min_length=2, max_length=16)]
YEAR_S = 31_536_000  # the longest of any duration: also keeps infinity and nonsense out
Seconds = Annotated[float, Meta(ge=0, le=YEAR_S)]
Gap = Annotated[float, Meta(ge=60, le=YEAR_S)]
Target = Annotated[int, Meta(ge=1, le=YEAR_S)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Grade = Annotated[int, Meta(ge=1, le=5)]


class _Part(parts.Part, Struct, frozen=True, kw_only=True):
    """Base of every table of the file."""


class Named(parts.Named, Struct, frozen=True, kw_only=True):
    """A table with a key, and a name in both languages."""


class Tier(Named, frozen=True, kw_only=True):
    """`chip`: shown on screens as a chip. `agents_see`: what agents are shown instead, if set."""

    chip: bool = True
    agents_see: str = ""


class Team(Named, frozen=True, kw_only=True):
    """`branch`: it has customers of its own, whom other branches do not see; `region` (ISO 3166)
    and `zone` are where they are. `sees_all`: the head office, which sees all customers.
    `signature`: below the mails of its agents, by language.
    """

    branch: bool = False
    region: Annotated[str, Meta(pattern=r"^([A-Z]{2})?$")] = ""
    zone: Annotated[str, Meta(max_length=64)] = ""
    sees_all: bool = False
    signature: WrittenTexts = {}


class Skill(Named, frozen=True, kw_only=True):
    """`language`: it stands for speaking that language ("fr"), see `language_grade` of queues."""

    language: Annotated[str, Meta(max_length=16)] = ""


class Level(_Part, frozen=True, kw_only=True):
    within_s: Target
    goal: about.Share


class Capacity(_Part, frozen=True, kw_only=True):
    """Units an agent has, and what contacts cost; see routing.md 3.5."""

    total: Annotated[int, Meta(ge=1, le=10_000)] = 100
    cost: dict[str, Annotated[int, Meta(ge=0, le=10_000)]] = field(
        default_factory=lambda: {
            "phone": 100,
            "webchat": 33,
            "email": 25,
            "fax": 25,
            "sms": 20,
        }
    )
    max: dict[str, Count] = field(
        default_factory=lambda: {"phone": 1, "webchat": 3, "email": 2, "fax": 2, "sms": 4}
    )
    interruptible: list[str] = field(default_factory=lambda: ["email", "fax", "sms"])
    business_time: list[str] = field(default_factory=lambda: ["email", "fax", "sms"])
    comfort: dict[str, Count] = field(default_factory=lambda: {"webchat": 2})
    reserve_idle: dict[str, Count] = field(default_factory=lambda: {"phone": 1})
    interrupted_s: Gap = 1800  # then an interrupted one returns
    untouched_s: Gap = 3600  # then one its agent left untouched returns


class Offer(_Part, frozen=True, kw_only=True):
    """`timeout_s.callback`: of a callback, for which nobody is on the line yet. `connect_s`:
    deadline from accept to joined audio, for the channels of `connects`. `pull`: who may take a
    waiting contact from the list, whatever its place.
    """

    timeout_s: dict[str, Seconds] = field(
        default_factory=lambda: {
            "phone": 15,
            "webchat": 20,
            "email": 60,
            "fax": 60,
            "sms": 45,
            "callback": 30,
        }
    )
    connect_s: Seconds = 10
    connects: list[str] = field(default_factory=lambda: ["phone"])
    backoff_s: Annotated[list[Seconds], Meta(min_length=1)] = field(
        default_factory=lambda: [30, 60, 120]
    )
    missed: dict[str, Annotated[int, Meta(ge=1)]] = field(
        default_factory=lambda: {
            "phone": 1,
            "webchat": 2,
            "email": 3,
            "fax": 3,
            "sms": 3,
        }
    )
    no_decline: list[str] = field(default_factory=lambda: ["phone"])
    decline_needs_reason: bool = True
    pull: Literal["nobody", "supervisors", "agents"] = "supervisors"


WrapUpMode = Literal["none", "timed", "full", "until_closed"]


class WrapUp(_Part, frozen=True, kw_only=True):
    """`limit_s` 0: no time limit. `gap_s`: rest before the next offer of that channel.

    `mode`: how it ends, "timed" (by the agent, or when the limit is reached), "full" (not before),
    "until_closed" (by the agent), "none". Not given: timed where there is a limit, else until
    closed where a disposition is required, else none.
    """

    limit_s: dict[str, Seconds] = field(
        default_factory=lambda: {"phone": 45, "webchat": 30, "email": 0, "fax": 0, "sms": 0}
    )
    mode: dict[str, WrapUpMode] = {}
    extend_s: Seconds = 60
    extensions: Count = 2
    gap_s: dict[str, Seconds] = field(default_factory=lambda: {"phone": 5, "webchat": 3})


class Sticky(_Part, frozen=True, kw_only=True):
    wait_s: dict[str, Seconds] = field(
        default_factory=lambda: {"phone": 0, "webchat": 0, "email": 1800, "sms": 600}
    )
    window_s: dict[str, Seconds] = field(
        default_factory=lambda: {
            "phone": 86_400,
            "webchat": 86_400,
            "email": 1_209_600,
            "sms": 604_800,
        }
    )
    redial_s: dict[str, Seconds] = field(default_factory=lambda: {"phone": 600})


class Presence(_Part, frozen=True, kw_only=True):
    lost_s: Annotated[float, Meta(ge=5, le=YEAR_S)] = 20
    supervisors_read_unseen: bool = True
    supervisors_listen_unseen: bool = False
    return_s: dict[str, Seconds] = field(
        default_factory=lambda: {"webchat": 60, "email": 900, "fax": 900, "sms": 900}
    )


Window = Annotated[str, Meta(min_length=1, max_length=120)]
CallbackMode = Literal["agent_first", "customer_first"]
Attempts = Annotated[int, Meta(ge=1, le=10)]


class Callback(_Part, frozen=True, kw_only=True):
    """How customers are called back (routing.md 3.10). Without this table nobody is.

    `mode`: whose phone rings first; "customer_first": the customer's, once their turn is near.
    `offer_over_s`: offered to callers who would wait longer. `after_hours`: offered while it is
    closed. `window`: local times in which customers may be called, within the queue's hours.
    `abandoned_for`: tiers that are called back after hanging up, if they had waited
    `abandoned_over_s`. `voicemail`: a message is a callback to do.
    """

    mode: CallbackMode = "agent_first"
    offer_over_s: Annotated[int, Meta(ge=0, le=YEAR_S)] = 90
    after_hours: bool = False
    attempts: Attempts = 3
    first_delay_s: Seconds = 0
    gap_s: Gap = 900
    window: Window = "09:00-20:00"
    abandoned_for: list[str] = []
    abandoned_over_s: Seconds = 30
    voicemail: bool = False


class QueueCallback(_Part, frozen=True, kw_only=True):
    """What differs for one queue; `enabled` false: it calls nobody back."""

    enabled: bool = True
    mode: CallbackMode | None = None
    offer_over_s: Annotated[int, Meta(ge=0, le=YEAR_S)] | None = None
    after_hours: bool | None = None
    attempts: Attempts | None = None
    first_delay_s: Seconds | None = None
    gap_s: Gap | None = None
    window: Window | None = None
    abandoned_for: list[str] | None = None
    abandoned_over_s: Seconds | None = None
    voicemail: bool | None = None


class OverflowRule(_Part, frozen=True, kw_only=True):
    """Who helps a queue out, a `team` or the agents of a `queue`, while all that is given holds.

    `after_s`: the contact has waited so long; `over_waiting`: at least so many wait; `when_closed`:
    outside the queue's hours; `when_nobody`: none of its own agents is signed in; `own_first`:
    nobody whom the helper could take from their own queues waits beyond the target.
    """

    team: str = ""
    queue: str = ""
    after_s: Seconds = 0
    over_waiting: Count = 0
    when_closed: bool = False
    when_nobody: bool = False
    own_first: bool = True


class Requires(_Part, frozen=True, kw_only=True):
    """A skill step: {skill: least grade} for so many seconds of waiting; the last has no end."""

    skills: dict[str, Grade] = {}
    for_s: Annotated[float, Meta(gt=0, le=YEAR_S)] | None = None


class Queue(Named, frozen=True, kw_only=True):
    """One queue. What is not given is as in the file's own tables."""

    teams: Annotated[list[str], Meta(min_length=1)]
    hours: str = "default"
    strict: bool = False
    urgent: bool = False  # safety, outage, fraud: every tier has the best tier's targets
    target_s: dict[str, list[Target]] = {}
    service_level: dict[str, Level] = {}
    cap_s: dict[str, Seconds] = {}
    public_promise_s: dict[str, Target] = {}
    short_abandon_s: dict[str, Seconds] = {}
    wrap_up_s: dict[str, Seconds] = {}
    wrap_up_mode: dict[str, WrapUpMode] = {}
    reserve: list[ReserveRule] = []
    requires: list[Requires] = []
    overflow: list[OverflowRule] = []
    language_grade: Annotated[int, Meta(ge=0, le=5)] = 0
    disposition_required: bool = True
    survey: bool = True
    callback: QueueCallback | None = None
    recording: QueueRecording = QueueRecording()
    keep: about.QueueKeep = about.QueueKeep()
    listen_unseen: bool | None = None  # None: as `presence.supervisors_listen_unseen`


class EntryPointSetup(_Part, frozen=True, kw_only=True):
    """One address of ours. `settings` is the channel's own part, checked by the channel.

    `hours`: when it is open for who comes, if not in the hours of its queue.
    """

    key: Key
    channel: str
    address: Annotated[str, Meta(min_length=1, max_length=320)]
    queue: str
    name: Name
    language: Language = "zh-CN"
    region: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] = "CN"
    acknowledges: bool = False
    hours: str = ""
    settings: dict[str, Any] = {}


class Canned(_Part, frozen=True, kw_only=True):
    """A text snippet; `{customer}` and other placeholders are filled in by the console."""

    key: Key
    language: Language
    title: Name
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    queues: list[str] = []


class EscalationSetup(_Part, frozen=True, kw_only=True):
    """What is done at a step of a deadline: "warning", "breach", or so many seconds after it.

    `on`: the deadline, "" each. `to`: whom to notify ("owner", "supervisors", a user's e-mail
    address), the queue to move to, the agent (e-mail address) to assign to.
    """

    at: Literal["warning", "breach"] | Annotated[int, Meta(ge=1, le=7_776_000)]
    action: Literal["raise_priority", "notify", "move", "assign"]
    on: Literal["", "first_reply", "next_reply", "resolution"] = ""
    to: Annotated[str, Meta(max_length=320)] = ""
    priority: Annotated[int, Meta(ge=1, le=9)] = 1


class SlaPolicySetup(Named, frozen=True, kw_only=True):
    """Deadlines of contacts; the first policy that applies counts, [] means any.

    `hours` "": those of the contact's queue. `warn_at`: share of a deadline. `reopen_s`: a customer
    who comes back so soon after the end goes on with the resolution's time; 0: never.
    """

    queues: list[str] = []
    tiers: list[str] = []
    channels: list[str] = []
    first_reply_s: Annotated[int, Meta(ge=1, le=7_776_000)] | None = None
    next_reply_s: Annotated[int, Meta(ge=1, le=7_776_000)] | None = None
    resolution_s: Annotated[int, Meta(ge=1, le=7_776_000)] | None = None
    hours: str = ""
    warn_at: Annotated[float, Meta(gt=0, le=1)] = 0.75
    pause_parked: bool = True
    reopen_s: Annotated[int, Meta(ge=0, le=7_776_000)] = 259_200
    escalations: list[EscalationSetup] = []


class AgentSetup(_Part, frozen=True, kw_only=True):
    """What an agent (by e-mail address) can do; users are made with `hub user add`."""

    profile: str = ""
    skills: dict[str, Grade] = {}


ProfileSetup = dict[str, Count | parts.MaybeName]
"""A kind of agents: maxima by channel, units by `cost_<channel>`; `zh` and `en`: its name."""


class Setup(_Part, frozen=True, kw_only=True):
    """The whole file."""

    organisation: Name
    timezone: str
    tiers: Annotated[list[Tier], Meta(min_length=1)]
    default_tier: str
    target_s: dict[str, list[Target]]
    queues: Annotated[list[Queue], Meta(min_length=1)]
    teams: Annotated[list[Team], Meta(min_length=1)]
    hours: dict[Heading, str | HoursSetup] = field(default_factory=lambda: {"default": "24x7"})
    special_days: dict[date, str] = {}
    skills: list[Skill] = []
    service_level: dict[str, Level] = {}
    short_abandon_s: dict[str, Seconds] = {}
    next_reply_s: dict[str, NextReply] = field(
        default_factory=lambda: {"webchat": NextReply(warn=60, late=120)}
    )
    cap_s: dict[str, Seconds] = {}
    cap_every: Annotated[int, Meta(ge=2)] = 3
    public_promise_s: dict[str, Target] = {}
    capacity: Capacity = Capacity()
    profiles: dict[Heading, ProfileSetup] = {}
    offer: Offer = Offer()
    wrap_up: WrapUp = WrapUp()
    sticky: Sticky = Sticky()
    presence: Presence = Presence()
    callback: Callback | None = None
    entry_points: list[EntryPointSetup] = []
    reasons: list[Reason] = []
    outcomes: list[Outcome] = []
    closing_fields: list[ClosingFieldSetup] = []
    next_actions: list[Named] = []
    not_ready_reasons: list[Named] = []
    decline_reasons: list[Named] = []
    canned: list[Canned] = []
    sla_policies: list[SlaPolicySetup] = []
    agents: dict[str, AgentSetup] = {}
    outreach: about.Outreach = about.Outreach()
    cost: about.Cost = about.Cost()
    value: about.Value = about.Value()
    lifecycle: about.Lifecycle = about.Lifecycle()
    surveys: about.Surveys = about.Surveys()
    competitors: list[about.Competitor] = []
    knowledge: about.Knowledge = about.Knowledge()
    commitments: about.Commitments = about.Commitments()
    privacy: about.Privacy = about.Privacy()
    allocation: about.Allocation = about.Allocation()
    plans: list[about.PlanTemplate] = []
    templates: about.Templates = {}
    side_panel: SidePanelSetup = SidePanelSetup()
