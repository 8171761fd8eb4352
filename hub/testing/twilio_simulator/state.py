"""What the simulated provider knows: calls, queues, conferences, recordings, and their REST form.

Names, states and fields are those of Twilio's API 2010-04-01.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from .detection import Detection

API_VERSION = "2010-04-01"
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

Json = dict[str, object]


def new_sid(prefix: str) -> str:
    """Return a SID of Twilio's form: two letters and 32 hex digits."""
    return prefix + uuid.uuid4().hex


def now() -> datetime:
    return datetime.now(UTC)


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


@dataclass(frozen=True, slots=True)
class Caption:
    """Something a party hears: spoken text, a tone, music, or another party."""

    source: str  # "system", "music", "tone", or the other party's role
    text: str
    at: datetime
    speaker: str = ""  # the other party's number or client


@dataclass(slots=True)
class Subscription:
    """Where news of a call or conference is posted, and which."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(slots=True)
class Transcriber:
    """A transcription under way on a call: where its words are posted."""

    name: str
    url: str
    language: str
    sid: str = field(default_factory=lambda: new_sid("GT"))
    sequence: int = 1

    def params(self, call: SimCall, event: str, words: str = "") -> dict[str, str]:
        self.sequence += 1
        params = {
            "AccountSid": call.account_sid,
            "CallSid": call.sid,
            "LanguageCode": self.language,
            "SequenceId": str(self.sequence),
            "Timestamp": now().isoformat(),
            "TranscriptionEvent": event,
            "TranscriptionSid": self.sid,
        }
        if words:
            data = json.dumps({"transcript": words, "confidence": 0.97})
            params |= {"Final": "true", "Track": "inbound_track", "TranscriptionData": data}
        return params


@dataclass(slots=True)
class Interrupt:
    """Something that stops what a call is doing: a hang-up, a new document by the API, or somebody
    who picks it up.
    """

    kind: str  # "hangup" | "replace" | "pick-up"
    document: str = ""
    url: str = ""
    method: str = "POST"


@dataclass(eq=False, slots=True)
class SimCall:
    """One leg. `heard` is what its human end hears."""

    account_sid: str
    from_: str
    to: str
    direction: str
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    created_at: datetime = field(default_factory=now)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    subscription: Subscription = field(default_factory=Subscription)
    sequence: int = 0
    sip_response: int = 0
    heard: list[Caption] = field(default_factory=list)
    digits: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    spoken: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    interrupts: asyncio.Queue[Interrupt] = field(default_factory=asyncio.Queue)
    hears_words: bool = False  # as well as keys, while it listens
    listening: bool = False  # a <Gather> or <Record> takes keys now
    recording: bool = False
    transcriber: Transcriber | None = None
    detection: Detection | None = None
    queue: SimQueue | None = None
    waits: bool = False  # was in a queue and has heard what comes first there
    seat: SimParticipant | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def duration_s(self) -> int:
        if self.started_at is None:
            return 0
        return round(((self.ended_at or now()) - self.started_at).total_seconds())

    def hear(self, source: str, text: str, speaker: str = "") -> None:
        self.heard.append(Caption(source, text, now(), speaker))
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits for a change of this call."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `condition()` holds. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await self.changed.wait()

    def params(self) -> dict[str, str]:
        """The standard parameters of every voice webhook; unknown geography stays blank."""
        blank = {
            f"{who}{part}": ""
            for who in ("Caller", "Called", "From", "To")
            for part in ("City", "State", "Zip", "Country")
        }
        return {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.to,
            "Caller": self.from_,
            "Direction": self.direction,
            "From": self.from_,
            "To": self.to,
            **blank,
        }

    def resource(self) -> Json:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "answered_by": None,
            "api_version": API_VERSION,
            "caller_name": None,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.ended_at or self.started_at or self.created_at),
            "direction": self.direction,
            "duration": str(self.duration_s) if self.ended else None,
            "end_time": rfc2822(self.ended_at),
            "forwarded_from": None,
            "from": self.from_,
            "from_formatted": self.from_,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "start_time": rfc2822(self.started_at),
            "status": self.status,
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }


@dataclass(eq=False, slots=True)
class SimQueue:
    """A waiting line made by <Enqueue>. `members`: calls with the moment they joined."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("QU"))
    limit: int = 100
    members: list[tuple[SimCall, datetime]] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def position(self, call: SimCall) -> int:
        return next(i for i, (one, _) in enumerate(self.members, 1) if one is call)

    def waited_s(self, call: SimCall) -> int:
        joined = next(at for one, at in self.members if one is call)
        return int((now() - joined).total_seconds())

    def average_s(self) -> int:
        return int(sum(self.waits_s) / len(self.waits_s)) if self.waits_s else 0

    def leave(self, call: SimCall) -> int:
        """Take the call out; return the seconds it waited."""
        waited = self.waited_s(call)
        self.waits_s.append(waited)
        self.members = [member for member in self.members if member[0] is not call]
        return waited


@dataclass(eq=False, slots=True)
class SimParticipant:
    """A call's place in a conference."""

    call: SimCall
    conference: SimConference
    label: str
    start_on_enter: bool
    end_on_exit: bool
    muted: bool = False
    hold: bool = False
    hold_music: str = ""  # the name of the file that is played to them meanwhile
    coaching: SimCall | None = None  # whom alone they are heard by
    joined_at: datetime = field(default_factory=now)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def hears(self, other: SimParticipant) -> bool:
        """Say whether the voice of another party of the room reaches this one."""
        if other is self or self.hold or other.hold or other.muted:
            return False
        return other.coaching is None or other.coaching is self.call

    def resource(self) -> Json:
        conference = self.conference
        uri = f"/{API_VERSION}/Accounts/{self.call.account_sid}/Conferences/{conference.sid}"
        return {
            "account_sid": self.call.account_sid,
            "call_sid": self.call.sid,
            "call_sid_to_coach": None if self.coaching is None else self.coaching.sid,
            "coaching": self.coaching is not None,
            "conference_sid": conference.sid,
            "date_created": rfc2822(self.joined_at),
            "date_updated": rfc2822(self.joined_at),
            "end_conference_on_exit": self.end_on_exit,
            "hold": self.hold,
            "label": self.label or None,
            "muted": self.muted,
            "queue_time": "0",
            "start_conference_on_enter": self.start_on_enter,
            "status": "connected",
            "uri": f"{uri}/Participants/{self.call.sid}.json",
        }


@dataclass(eq=False, slots=True)
class SimConference:
    """A room. Its status callback is the one its first participant brought."""

    name: str
    account_sid: str
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    subscription: Subscription = field(default_factory=Subscription)
    sequence: int = 0
    participants: list[SimParticipant] = field(default_factory=list)
    ended_because: str = ""
    ended_by: str | None = None  # CallSid
    created_at: datetime = field(default_factory=now)

    def find(self, name: str) -> SimParticipant | None:
        """Return the participant with this CallSid or label."""
        return next((p for p in self.participants if name in (p.call.sid, p.label)), None)

    def resource(self) -> Json:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Conferences/{self.sid}"
        # Twilio's document allows no null here, so an open room says nothing of its end.
        end = {"reason_conference_ended": self.ended_because} if self.ended_because else {}
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "call_sid_ending_conference": self.ended_by,
            **end,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "friendly_name": self.name,
            "region": "us1",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"participants": f"{uri}/Participants.json"},
            "uri": f"{uri}.json",
        }


@dataclass(eq=False, slots=True)
class SimRecording:
    account_sid: str
    call_sid: str
    duration_s: int
    media: bytes
    words: str
    sid: str = field(default_factory=lambda: new_sid("RE"))
    started_at: datetime = field(default_factory=now)

    @property
    def path(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def resource(self) -> Json:
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "call_sid": self.call_sid,
            "channels": 1,
            "conference_sid": None,
            "date_created": rfc2822(self.started_at),
            "date_updated": rfc2822(self.started_at),
            "duration": str(self.duration_s),
            "encryption_details": None,
            "error_code": None,
            "media_url": f"https://api.twilio.com{self.path}",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "source": "RecordVerb",
            "start_time": rfc2822(self.started_at),
            "status": "completed",
            "subresource_uris": {},
            "uri": f"{self.path}.json",
        }


@dataclass(frozen=True, slots=True)
class Number:
    """One of our numbers at the provider, and where its calls are announced."""

    number: str
    voice_url: str
    status_callback: str = ""
    voice_fallback_url: str = ""
    sms_url: str = ""
    application_sid: str = ""  # asked in place of the addresses
    takes_calls: bool = True
    sms_application_sid: str = ""
    sms_fallback_url: str = ""
    sms_method: str = "POST"

    @property
    def sid(self) -> str:
        return "PN" + hashlib.sha256(self.number.encode()).hexdigest()[:32]

    def resource(self, account_sid: str) -> Json:
        texts = bool(self.sms_url or self.sms_application_sid)
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "phone_number": self.number,
            "friendly_name": self.number,
            "capabilities": {"voice": self.takes_calls, "sms": texts, "mms": texts, "fax": False},
            "voice_application_sid": self.application_sid or None,
            "sms_application_sid": self.sms_application_sid or None,
            "trunk_sid": None,
            "voice_url": self.voice_url,
            "voice_method": "POST",
            "voice_fallback_url": self.voice_fallback_url,
            "voice_fallback_method": "POST",
            "status_callback": self.status_callback,
            "status_callback_method": "POST",
            "sms_url": self.sms_url,
            "sms_method": self.sms_method,
            "sms_fallback_url": self.sms_fallback_url,
            "sms_fallback_method": "POST",
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry of Twilio's debugger: what the provider holds against our side."""

    code: int
    text: str
