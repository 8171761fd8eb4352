"""The rules of the contact queue as one document: written by `hub apply`, read by everything here.

`hub.setup` makes it from the business set-up, with all defaults filled in; sample values and their
meaning are in routing.md section 7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub.contacts.closing import ClosingField
from hub.contacts.model import is_callback, is_of_list
from hub.core.errors import Invalid
from hub.customers.model import DEFAULT_TIER
from hub.hours import Calendar, check_calendar
from hub.storage import Tx

from .model import WALL, ChannelRules, Overflow, QueueRules, Reserve, Rules, SkillStep
from .sla.policies import SlaPolicy, find_policy
from .tables import routing_setup

_ID = "current"
# In the driver's own language: nearly every read begins with it.
_DOCUMENT = f"SELECT document FROM routing_setup WHERE id = '{_ID}'"  # noqa: S608 - our own words


class CalendarSpec(msgspec.Struct, frozen=True, kw_only=True):
    hours: str = "24x7"
    days: str = "none"
    zone: str = "UTC"
    special: dict[date, str] = {}


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Answered within `within_s` ÷ (answered + abandoned − short abandons) should reach `goal`."""

    within_s: int
    goal: float


class CallbackRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue calls customers back (routing.md 3.10). `window`: local times, "09:00-20:00".

    `customer_first`: the customer is called when their turn is near, and waits on the line for the
    next agent; else the agent's phone rings first.

    `offer_over_s`: offered to who would wait longer. `after_hours`: offered while it is closed.
    `abandoned_for`: tiers that are called back after hanging up, if they had waited so long.
    `voicemail`: a message is a callback to do.
    """

    customer_first: bool = False
    offer_over_s: int = 90
    after_hours: bool = False
    attempts: int = 3
    first_delay_s: float = 0.0
    gap_s: float = 900.0
    window: str = "09:00-20:00"
    abandoned_for: tuple[str, ...] = ()
    abandoned_over_s: float = 30.0
    voicemail: bool = False


class RecordingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue records its calls. `mode`: "off", "notice" (after it was said), "consent" (after
    the other side agreed by a key). `keep_days` also holds for spoken messages. `remind_s`: a pause
    of that length is shown to the agent; `pause_on_hold`: hold pauses the recording.
    """

    mode: str = "off"
    keep_days: int = 180
    remind_s: int = 60
    pause_on_hold: bool = False


class Pulling(StrEnum):
    """Who may take a waiting contact from the list, whatever its place (routing.md 3.1)."""

    NOBODY = "nobody"
    SUPERVISORS = "supervisors"
    AGENTS = "agents"  # and supervisors


class WrapMode(StrEnum):
    """How work after the talk ends (routing.md 3.7)."""

    NONE = "none"  # there is none: the contact closes at its end
    TIMED = "timed"  # by the agent, or when its time is over
    FULL = "full"  # when its time is over, not before
    UNTIL_CLOSED = "until_closed"  # by the agent


class NextReply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a customer in somebody's hands may wait for the next answer, in wall seconds: from
    `warn` on it is shown as pressing, from `late` on as late.
    """

    warn: Annotated[int, msgspec.Meta(ge=1, le=86_400)]
    late: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One queue. Maps by channel; `target_s` by channel, then tier."""

    calendar_id: str
    target_s: dict[str, dict[str, int]]
    strict: bool = False
    reserves: tuple[Reserve, ...] = ()
    cap_s: dict[str, float] = {}
    steps: tuple[SkillStep, ...] = (SkillStep(()),)
    overflow: tuple[Overflow, ...] = ()
    language_grade: int = 0  # > 0: the customer's language is demanded at this grade
    service_level: dict[str, ServiceLevel] = {}
    short_abandon_s: dict[str, float] = {}
    public_promise_s: dict[str, int] = {}
    wrap_up_s: dict[str, float] = {}
    wrap_up_mode: dict[str, WrapMode] = {}
    disposition_required: bool = True
    survey: bool = False
    branch_id: str | None = None  # of the one branch that serves it; new customers are its own
    callback: CallbackRules | None = None  # None: this queue calls nobody back
    recording: RecordingRules = RecordingRules()
    listen_unseen: bool | None = None  # None: as for all calls


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How much one kind of agent takes; what is not named is as for everybody."""

    maxima: dict[str, int] = {}
    costs: dict[str, int] = {}


class WrapUp(NamedTuple):
    """What follows the talk: how it ends, seconds allowed where timed, extensions, a survey."""

    mode: WrapMode
    limit_s: float
    disposition_required: bool
    extend_s: float
    extensions: int
    survey: bool

    def until(self, now: datetime) -> datetime | None:
        """Return when wrap-up that begins now ends by itself; None: never."""
        if self.mode in (WrapMode.TIMED, WrapMode.FULL):
            return now + timedelta(seconds=self.limit_s)
        return None


class Label(NamedTuple):
    """Something to choose from on a screen."""

    id: str
    zh: str
    en: str


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the queue needs to know of the business set-up."""

    organisation: str = ""
    zone: str = "UTC"
    tiers: tuple[str, ...] = ()  # best first
    default_tier: str = ""
    agents_see: dict[str, str] = {}
    calendars: dict[str, CalendarSpec] = {}
    entry_hours: dict[str, str] = {}  # entry point -> its hours, where not its queue's
    channels: dict[str, ChannelRules] = {}
    queues: dict[str, QueueSettings] = {}
    profiles: dict[str, Profile] = {}
    languages: dict[str, str] = {}  # language -> the skill that stands for it
    capacity: int = 100
    backoff_s: tuple[float, ...] = (30.0, 60.0, 120.0)
    callback_offer_s: float = 30.0  # an offer of a callback: nobody is on the line yet
    cap_every: int = 3
    lost_s: float = 20.0  # presence: how long a heartbeat lasts
    return_s: dict[str, float] = {}  # an absent agent's contacts return after so long, by channel
    interrupted_s: float = 1800.0  # business time a contact stands aside before it returns
    untouched_s: float = 3600.0  # business time a written one may lie untouched before it returns
    next_reply: dict[str, NextReply] = {}  # by channel
    pull: Pulling = Pulling.SUPERVISORS
    supervisors_read_unseen: bool = True  # colleagues see supervisors only when they write
    supervisors_listen_unseen: bool = False  # on a call; else its agent sees them at once
    wrap_up_mode: dict[str, WrapMode] = {}  # by channel; else timed where there is a limit
    wrap_extend_s: float = 60.0
    wrap_extensions: int = 2
    sla_policies: tuple[SlaPolicy, ...] = ()  # the first that applies counts
    next_actions: tuple[Label, ...] = ()
    not_ready_reasons: tuple[Label, ...] = ()
    decline_reasons: tuple[Label, ...] = ()
    closing_fields: tuple[ClosingField, ...] = ()  # what reasons and outcomes may ask for

    def listens_unseen(self, queue_id: str) -> bool:
        """Say whether the agents of a queue see supervisors on a call only when they are heard."""
        queue = self.queues.get(queue_id)
        own = None if queue is None else queue.listen_unseen
        return self.supervisors_listen_unseen if own is None else own

    @property
    def written_channels(self) -> list[str]:
        """The channels whose customers wait for a letter, not on the line."""
        return sorted(name for name, rules in self.channels.items() if rules.business_time)

    @property
    def has_overflow(self) -> bool:
        return any(queue.overflow for queue in self.queues.values())

    def queue(self, queue_id: str) -> QueueSettings:
        """Return a queue. Raises Invalid if the set-up has none of that name."""
        found = self.queues.get(queue_id)
        if found is None:
            raise Invalid(
                f"There is no queue {queue_id!r} in the set-up; known are "
                f"{', '.join(sorted(self.queues)) or 'none, run `hub apply` first'}.",
                code="queue.unknown",
            )
        return found

    def target_s(self, queue_id: str, tier: str, channel: str) -> int:
        """Return the promised answer time; an unknown tier has that of the default tier."""
        by_tier = self.queue(queue_id).target_s.get(channel)
        if by_tier is None:
            raise Invalid(
                f"Queue {queue_id!r} has no answer targets for {channel!r}: add target_s.{channel} "
                "to the set-up and run `hub apply`.",
                code="queue.no_target",
            )
        return by_tier.get(tier) or by_tier[self.default_tier]

    def offer_s(self, contact: Row[Any]) -> float:
        """Return how long an offer of a contact lasts: longer where nobody is on the line yet."""
        known = contact.meta, contact.direction, contact.answered_at
        if is_callback(*known) or is_of_list(*known):
            return self.callback_offer_s
        return self.channels[contact.channel].offer_s

    def wrap_up(self, queue_id: str, channel: str) -> WrapUp:
        """Return what follows a contact of this queue and channel. Raises Invalid if unknown."""
        queue, rules = self.queue(queue_id), self.channels[channel]
        limit_s = queue.wrap_up_s.get(channel, rules.wrap_up_s)
        usual = WrapMode.UNTIL_CLOSED if queue.disposition_required else WrapMode.NONE
        mode = queue.wrap_up_mode.get(channel) or self.wrap_up_mode.get(channel)
        return WrapUp(
            mode=mode or (WrapMode.TIMED if limit_s > 0 else usual),
            limit_s=limit_s,
            disposition_required=queue.disposition_required,
            extend_s=self.wrap_extend_s,
            extensions=self.wrap_extensions,
            survey=queue.survey,
        )

    def may_pull(self, *, steers: bool) -> bool:
        """May who steers, or does not, take a waiting contact from the list?"""
        return self.pull is Pulling.AGENTS or (self.pull is Pulling.SUPERVISORS and steers)

    def profile(self, profile_id: str | None) -> Profile:
        return self.profiles.get(profile_id or "", Profile())

    def sla_policy(self, queue_id: str, tier: str, channel: str) -> SlaPolicy | None:
        """Return the SLA policy of such contacts; None: they have no deadlines.

        By the tier that agents are shown: a deadline is theirs to keep, and one that only a tier
        they are not told of had would tell it.
        """
        return find_policy(self.sla_policies, queue_id, self.shown_tier(tier), channel)

    def shown_tier(self, tier: str) -> str:
        """Return the tier that agents are shown for `tier`: some are never told to them.

        One that the set-up no longer has counts as the default tier: it may have been such a one.
        """
        known = tier if tier in self.tiers else self.default_tier or tier
        return self.agents_see.get(known, known)


def load_settings(tx: Tx) -> RoutingSettings:
    """Return the rules in force; empty ones before the first `hub apply`. One small read."""
    found = tx.fetch(_DOCUMENT, {})
    return _decode(found[0].document) if found else RoutingSettings()


def setup_stamp(tx: Tx, _: None = None) -> str:
    """Return what tells the set-up in force from every other; "" before the first `hub apply`."""
    applied_at = tx.execute(select(routing_setup.c.applied_at)).scalar_one_or_none()
    return "" if applied_at is None else _stamp(applied_at)


def tell_of_setup(tx: Tx) -> None:
    """A set-up is put in force, its rules of the queue may be the same: this process is told by a
    hint with its stamp, others find the stamp another one.
    """
    tx.execute(update(routing_setup).values(applied_at=tx.now))
    tx.hint("setup.changed", _stamp(tx.now))


def _stamp(applied_at: datetime) -> str:
    return applied_at.isoformat()


def tier_of_new_customers(tx: Tx) -> str:
    """Return the tier of who is new or has none of their own: the set-up's, else the usual one."""
    return load_settings(tx).default_tier or DEFAULT_TIER


def branch_of_new_customers(tx: Tx, queue_id: str) -> str | None:
    """Return the branch of who is new and came to a queue; None: everybody's."""
    queue = load_settings(tx).queues.get(queue_id)
    return None if queue is None else queue.branch_id


def load_rules(tx: Tx) -> Rules:
    """Return the rules in the engine's form."""
    return rules_of(load_settings(tx))


def save_settings(tx: Tx, settings: RoutingSettings) -> None:
    """Put new rules in force, and tell of it."""
    tx.execute(delete(routing_setup).where(routing_setup.c.id == _ID))
    tx.execute(
        insert(routing_setup).values(
            id=_ID, document=msgspec.json.encode(settings).decode(), applied_at=tx.now
        )
    )
    tell_of_setup(tx)


@lru_cache(maxsize=8)
def _decode(text: str) -> RoutingSettings:
    return msgspec.json.decode(text, type=RoutingSettings)


@lru_cache(maxsize=64)
def _calendar(hours: str, days: str, zone: str, special: tuple[tuple[date, str], ...]) -> Calendar:
    return check_calendar(hours, days, zone, dict(special))


def calendar_of(spec: CalendarSpec) -> Calendar:
    """Return the calendar of a specification; the same object for the same words."""
    return _calendar(spec.hours, spec.days, spec.zone, tuple(sorted(spec.special.items())))


def calendars_of(settings: RoutingSettings) -> dict[str, Calendar]:
    return {key: calendar_of(spec) for key, spec in settings.calendars.items()}


def clock_us(settings: RoutingSettings, calendar_id: str, now: datetime) -> int:
    """Return what a contact's clock shows, in microseconds: the unit of `virtual_start_us`."""
    spec = settings.calendars.get(calendar_id)
    seconds = now.timestamp() if spec is None else calendar_of(spec).position(now)
    return round(seconds * 1_000_000)


def clocks_us(settings: RoutingSettings, now: datetime) -> dict[str, int]:
    """Return what every clock shows, the wall's too: the `as_of` of a list ordered by urgency."""
    return {key: clock_us(settings, key, now) for key in (WALL, *settings.calendars)}


def rules_of(
    settings: RoutingSettings, paused: Collection[str] = (), away: Collection[str] = ()
) -> Rules:
    """Return the engine's rules. `paused`: queues of which nothing is offered now; `away`: channels
    of which nothing is, because nobody could be joined.
    """
    return Rules(
        tiers=settings.tiers,
        channels=settings.channels,
        queues={
            key: _queue_rules(key, queue, paused=key in paused)
            for key, queue in settings.queues.items()
        },
        calendars=calendars_of(settings),
        backoff_s=settings.backoff_s,
        cap_every=settings.cap_every,
        away=frozenset(away),
    )


def _queue_rules(key: str, queue: QueueSettings, *, paused: bool) -> QueueRules:
    caps: Mapping[str, float] = queue.cap_s
    return QueueRules(
        id=key,
        calendar_id=queue.calendar_id,
        strict=queue.strict,
        reserves=queue.reserves,
        cap_s=caps,
        steps=queue.steps,
        overflow=queue.overflow,
        paused=paused,
    )
