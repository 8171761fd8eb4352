"""Calls as the phone channel sees them, whatever the provider. Pure: no I/O, no clock.

A call is the customer's leg. Each try to join an agent is a connection: the agent's leg and a room
in which both meet. Everything a provider reports is folded by a join that does not depend on order
or repetition: states only rise, times keep the earliest, what ended stays ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who is at the other end of a leg."""

    CUSTOMER = "customer"
    AGENT = "agent"
    CONSULT = "consult"
    SUPERVISOR = "supervisor"


class LegState(StrEnum):
    CREATED = "created"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


LEG_RANK: dict[LegState, int] = {
    LegState.CREATED: 0,
    LegState.RINGING: 1,
    LegState.ANSWERED: 2,
    LegState.ENDED: 3,
}


class Cause(StrEnum):
    """How a leg ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    GONE = "gone"  # the provider knows it no more: ended while we were away


class Presence(StrEnum):
    """Whether somebody is in a room; who left a room does not come back to the same one."""

    OUT = "out"
    IN = "in"
    GONE = "gone"


PRESENCE_RANK: dict[Presence, int] = {Presence.OUT: 0, Presence.IN: 1, Presence.GONE: 2}


class Verdict(StrEnum):
    """What the hub has been told (or is being told) of a connection."""

    PENDING = "pending"
    JOINED = "joined"  # both heard each other: answered
    FAILED = "failed"  # the agent was not reached
    LEFT = "left"  # the agent's leg ended while the customer stayed


class Consent(StrEnum):
    """What the other side knows of a recording, or said to it."""

    UNASKED = ""
    TELLING = "telling"  # it is being said: who is moved meanwhile may not have heard it
    ASKED = "asked"  # they have not answered yet
    TOLD = "told"
    AGREED = "agreed"
    REFUSED = "refused"


class Watch(StrEnum):
    """What a call of ours is watched for."""

    NOTHING = ""
    ANSWER = "answer"  # the moment they pick up; who hears nobody is told why
    MACHINE = "machine"  # and whether a machine did


@dataclass(frozen=True, slots=True)
class Leg:
    """One telephone connection between the provider and one party. Times are UTC."""

    sid: str | None = None
    state: LegState = LegState.CREATED
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None

    @property
    def ended(self) -> bool:
        return self.state is LegState.ENDED


@dataclass(frozen=True, slots=True)
class Seat:
    """One party's presence in a room."""

    presence: Presence = Presence.OUT
    joined_at: datetime | None = None
    left_at: datetime | None = None

    @property
    def was_in(self) -> bool:
        return self.presence is not Presence.OUT


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold is the one thing that goes back and forth: the newest by the room's own count wins."""

    held: bool = False
    sequence: int = -1


@dataclass(frozen=True, slots=True)
class Connection:
    """One try to join an agent to a call.

    `released`: we ended it on purpose (transfer, hang-up, another agent), so its end is no news.
    `dials`: the customer is called once the agent is there (a call of ours, its first connection).
    `room`: the connection whose room it goes on in; None: its own (a guest who took the call over
    stays where they are).
    """

    id: str
    agent_id: str
    agent_address: str
    created_at: datetime
    leg: Leg = field(default_factory=Leg)
    room_sid: str | None = None
    agent: Seat = field(default_factory=Seat)
    customer: Seat = field(default_factory=Seat)
    hold: Hold = field(default_factory=Hold)
    released: bool = False
    dials: bool = False
    room: str | None = None
    verdict: Verdict = Verdict.PENDING

    @property
    def room_id(self) -> str:
        return self.room or self.id

    @property
    def talking(self) -> bool:
        """Say whether the customer and the agent are together, as far as we wish them to be."""
        return self.verdict is Verdict.JOINED and not self.released and not self.over

    @property
    def over(self) -> bool:
        """Say whether the agent's part has ended."""
        return self.leg.ended or self.agent.presence is Presence.GONE

    @property
    def joined(self) -> bool:
        """Say whether both parties have been in the room: the call was answered."""
        return self.agent.was_in and self.customer.was_in


@dataclass(frozen=True, slots=True)
class Call:
    """One call with a customer. `sid` is the provider's name for their leg; `id` is ours.

    `voicemail`: the caller left the waiting room to leave a message. `callback_offered`: they have
    been told that 1 asks for a callback; `callback_number`: keyed in for it and not confirmed yet.
    `ended_by_us`: we hung up. `dialled_at`: when the provider was asked to call the customer
    (`outbound` only); it is kept before asking, so without a `sid` the answer was lost: it is
    looked up, never asked again. `in_menu`: the caller is asked what they want, or is greeted, and
    the hub does not know of the call yet; `chosen`: what they wanted (`menus.kept`).
    `overflowed_at`: they had waited longest and went on (`overflow`); `outside_at`: a number
    outside has taken them.
    """

    id: str
    entry_point_id: str
    sid: str | None
    from_address: str
    to_address: str
    language: str
    started_at: datetime
    contact_id: str | None = None
    conversation_id: str | None = None
    leg: Leg = field(default_factory=Leg)
    told_position: int | None = None
    voicemail: bool = False
    callback_offered: bool = False
    callback_number: str | None = None
    ended_by_us: bool = False
    outbound: bool = False
    dialled_at: datetime | None = None
    in_menu: bool = False
    chosen: str | None = None
    consent: Consent = Consent.UNASKED
    watch: Watch = Watch.NOTHING
    overflowed_at: datetime | None = None
    outside_at: datetime | None = None

    @property
    def our_address(self) -> str:
        return self.from_address if self.outbound else self.to_address

    @property
    def customer_address(self) -> str:
        return self.to_address if self.outbound else self.from_address

    @property
    def may_be_transcribed(self) -> bool:
        """Who was asked whether they may be recorded, and has not agreed, is not transcribed."""
        return self.consent not in (Consent.ASKED, Consent.REFUSED)

    @property
    def is_submission_unknown(self) -> bool:
        """Say whether the customer's phone may be ringing without our knowing."""
        return self.dialled_at is not None and self.sid is None and not self.leg.ended


# --- what a provider reports -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegEvent:
    """News of one leg. `connection_id` is None for the customer's own leg."""

    state: LegState
    at: datetime
    sid: str | None = None
    cause: Cause | None = None
    connection_id: str | None = None


class RoomMoment(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    HELD = "held"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """News of the room of a connection. `sequence` counts the events of one room from 1."""

    connection_id: str
    role: Role
    moment: RoomMoment
    at: datetime
    sequence: int
    room_sid: str | None = None


Event = LegEvent | RoomEvent


# --- what follows from it ----------------------------------------------------------------------


class Todo(StrEnum):
    """What the channel has to do after a change; each is a row until it is done."""

    INTAKE = "intake"  # hand the new call to the hub
    TELL_JOINED = "tell_joined"
    TELL_FAILED = "tell_failed"
    TELL_CUSTOMER_LEFT = "tell_customer_left"
    TELL_HELD = "tell_held"
    TELL_RESUMED = "tell_resumed"
    TELL_VOICEMAIL = "tell_voicemail"
    TELL_LANGUAGE = "tell_language"
    TELL_OVERFLOWED = "tell_overflowed"  # to the queue of the detail
    TELL_OUTSIDE = "tell_outside"
    TELL_DIALLING = "tell_dialling"
    TELL_RINGING = "tell_ringing"
    TELL_ON_THE_LINE = "tell_on_the_line"
    TELL_NOT_REACHED = "tell_not_reached"
    TELL_PICKED_UP = "tell_picked_up"
    TELL_ANSWERED_BY = "tell_answered_by"
    BRING_CUSTOMER = "bring_customer"  # into the room where the agent waits: moved, or called
    CALL_FIRST = "call_first"  # a call of ours without an agent: the customer waits for one
    END_AGENT = "end_agent"  # nobody is left to talk to
    END_CUSTOMER = "end_customer"  # a call of ours: the agent has hung up
    TAKE_BACK = "take_back"  # the agent is gone: the caller returns to the waiting room
    FETCH_RECORDING = "fetch_recording"
    # Of guests; the detail names them.
    TELL_GUEST = "tell_guest"
    SET_GUEST = "set_guest"  # who hears them
    END_GUEST = "end_guest"
    UNHOLD = "unhold"  # the customer comes back to the agent
    LEAVE_TO = "leave_to"  # the agent leaves the customer to a guest


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in order, for one call. `detail` is shown to people or names a recording."""

    todo: Todo
    at: datetime
    connection_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reduced:
    """A call and the connection concerned after an event, and what follows."""

    call: Call
    connection: Connection | None
    steps: tuple[Step, ...] = ()
