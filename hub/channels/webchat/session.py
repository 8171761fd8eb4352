"""One chat socket as a state machine: frames in, actions out. Pure: no I/O; `now_s` is given.

The shell (gateway.py) does each action before it hands in the next frame, so what one socket sends
is stored in the order it was sent, and TCP holds back a page that sends faster than we store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.contacts.inbound import BLOCKED, HistoryEntry
from hub.contacts.model import Direction, InteractionKind
from hub.core.budget import Bucket, Rate
from hub.core.errors import HubError

from . import protocol as p
from .actions import (
    Action,
    Hangup,
    LeaveChat,
    LoadOlder,
    Open,
    ReportDelivered,
    ReportRead,
    SaveProfile,
    SaveSurvey,
    ShareTyping,
    StoreMessage,
    Tell,
    Wish,
)
from .standing import IDLE

MALFORMED_ALLOWED = 5
UNREPORTED_KEPT = 64
CLOSE_POLICY = 1008
TYPING_REPEATS_S = 2.0
MESSAGES = Rate(per_s=1.0, burst=20)
SIGNALS = Rate(per_s=5.0, burst=60)  # typing, read, got, older, ping


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one socket may send."""

    messages: Rate = MESSAGES
    signals: Rate = SIGNALS
    file_bytes: int = 20 << 20
    heartbeat_s: float = 25.0


class Phase(StrEnum):
    NEW = "new"
    OPENING = "opening"
    READY = "ready"
    CLOSED = "closed"


@dataclass(slots=True)
class Opened:
    """What the shell found for a `hello`."""

    conversation_id: str | None
    standing: p.StandingView
    entries: Sequence[HistoryEntry] = ()
    more: bool = False
    resync: bool = False  # `entries` is the latest page, not what follows the page's last_seq
    token: str | None = None
    fresh: bool = False
    name: str = ""
    email: str = ""
    proved: str = ""
    survey_contact_id: str | None = None


class Session:
    """One socket. Every method returns the actions to do, in order."""

    __slots__ = (
        "_limits",
        "_malformed",
        "_messages",
        "_own",
        "_signals",
        "_standing",
        "_typing",
        "_typing_at_s",
        "_unreported",
        "entry_point_id",
        "phase",
        "read_seq",
        "sent_seq",
    )

    def __init__(self, entry_point_id: str, limits: SessionLimits, now_s: float) -> None:
        self.entry_point_id = entry_point_id
        self.phase = Phase.NEW
        self.sent_seq = 0  # everything up to here is on the page
        self.read_seq = 0
        self._limits = limits
        self._messages = Bucket(limits.messages, now_s)
        self._signals = Bucket(limits.signals, now_s)
        self._malformed = 0
        self._own: set[int] | None = None  # acked here, not yet passed by sent_seq
        self._unreported: list[tuple[int, str]] | None = None  # (seq, interaction id) of ours
        self._standing = IDLE
        self._typing = False
        self._typing_at_s = 0.0

    # ---- from the page --------------------------------------------------------------------------

    def received(self, raw: bytes | str, now_s: float) -> list[Action]:
        """Take one message of the socket."""
        if self.phase is Phase.CLOSED:
            return []
        frame = p.parse_client_frame(raw)
        if isinstance(frame, p.BadFrame):
            return self._bad_frame(str(frame))
        if isinstance(frame, p.Hello):
            return self._hello(frame)
        if self.phase is not Phase.READY:
            return self._hang_up("hello_first", "The first frame must be a hello.")
        if isinstance(frame, p.Send):
            return self._send(frame, now_s)
        return self._signal(frame, now_s)

    def _hello(self, hello: p.Hello) -> list[Action]:
        if self.phase is not Phase.NEW:
            return self._hang_up("hello_twice", "A hello is only the first frame.")
        if hello.entry_point != self.entry_point_id:
            return self._hang_up("entry_point", "This address serves another entry point.")
        self.phase = Phase.OPENING
        self.sent_seq = hello.last_seq
        return [Open(hello)]

    def _send(self, send: p.Send, now_s: float) -> list[Action]:
        text = _clean(send.text)
        if not text.strip() and not send.files:
            return [_nack(send, "empty", "There is nothing in this message.")]
        if len(text) > p.MAX_TEXT_CHARACTERS:
            return [
                _nack(send, "too_long", f"A message may have {p.MAX_TEXT_CHARACTERS} characters.")
            ]
        wait_s = self._messages.take(self._limits.messages, now_s)
        if wait_s > 0:
            return [_nack(send, "too_many", "That was very fast. Please wait a moment.", wait_s)]
        self._typing = False
        return [StoreMessage(send.client_id, text, tuple(send.files), send.before)]

    def _signal(self, frame: p.ClientFrame, now_s: float) -> list[Action]:
        if self._signals.take(self._limits.signals, now_s) > 0:
            if isinstance(frame, p.Typing | p.Got | p.Read | p.Ping):
                return []  # each is repeated by the page and none of them is a fact to keep
            return [
                Tell(p.Problem(code="too_many", message="Please slow down.", retry_after_s=2.0))
            ]
        match frame:
            case p.Ping():
                return [Tell(p.Pong())]
            case p.Typing(on=on):
                return self._share_typing(on, now_s)
            case p.Got(seq=seq):
                return self._report_delivered(seq)
            case p.Read(seq=seq):
                return self._report_read(seq)
            case p.Profile():
                return [SaveProfile(_clean(frame.name).strip(), _clean(frame.email).strip())]
            case p.Older(before_seq=before_seq):
                return [LoadOlder(before_seq)]
            case p.End():
                return [LeaveChat()]
            case p.Survey():
                return [SaveSurvey(frame.contact, frame.score, _clean(frame.comment).strip())]
            case p.Transcript() | p.AskCode() | p.GiveCode():
                return [Wish(frame)]
            case p.AskCallTimes() | p.CallMe() | p.CallNoMore():
                return [Wish(frame)]
        return []

    def _share_typing(self, on: bool, now_s: float) -> list[Action]:
        if on == self._typing and now_s - self._typing_at_s < TYPING_REPEATS_S:
            return []
        self._typing, self._typing_at_s = on, now_s
        return [ShareTyping(on)]

    def _report_delivered(self, seq: int) -> list[Action]:
        if not self._unreported:
            return []
        ids = tuple(id_ for at, id_ in self._unreported if at <= seq)
        self._unreported = [item for item in self._unreported if item[0] > seq] or None
        return [ReportDelivered(ids)] if ids else []

    def _report_read(self, seq: int) -> list[Action]:
        seq = min(seq, self.sent_seq)
        if self._unreported:
            self._unreported = [item for item in self._unreported if item[0] > seq] or None
        if seq <= self.read_seq:
            return []
        self.read_seq = seq
        return [ReportRead(seq)]

    def _bad_frame(self, why: str) -> list[Action]:
        self._malformed += 1
        if self._malformed > MALFORMED_ALLOWED or self.phase is not Phase.READY:
            return self._hang_up("malformed", why)
        return [Tell(p.Problem(code="malformed", message=why))]

    def _hang_up(self, code: str, message: str) -> list[Action]:
        self.phase = Phase.CLOSED
        return [Tell(p.Problem(code=code, message=message)), Hangup(CLOSE_POLICY, code)]

    # ---- from the shell -------------------------------------------------------------------------

    def opened(self, opened: Opened) -> list[Action]:
        """The visitor session is known: greet, and give what the page lacks."""
        self.phase = Phase.READY
        if opened.fresh or opened.resync:
            self.sent_seq = 0
        self._standing = opened.standing
        newest = max((entry.seq for entry in opened.entries), default=self.sent_seq)
        welcome = p.Welcome(
            conversation=opened.conversation_id,
            last_seq=max(newest, self.sent_seq),
            standing=opened.standing,
            limits=p.Limits(
                text_characters=p.MAX_TEXT_CHARACTERS,
                files=p.MAX_FILES,
                file_bytes=self._limits.file_bytes,
                heartbeat_s=self._limits.heartbeat_s,
            ),
            token=opened.token,
            fresh=opened.fresh,
            name=opened.name,
            email=opened.email,
            proved=opened.proved,
        )
        actions: list[Action] = [Tell(welcome)]
        if opened.resync:
            actions.append(Tell(p.Resync()))
        fresh_entries = self._take_new(opened.entries)
        if fresh_entries or opened.more:
            messages = [p.message_of(entry) for entry in fresh_entries]
            actions.append(Tell(p.History(messages=messages, more=opened.more)))
        if opened.survey_contact_id:
            actions.append(Tell(p.AskSurvey(contact=opened.survey_contact_id)))
        return actions

    def stored(self, client_id: str, seq: int, at: datetime) -> list[Action]:
        """A message of this socket is committed: tell the page."""
        if seq > self.sent_seq:
            if self._own is None:
                self._own = set()
            self._own.add(seq)
        return [Tell(p.Ack(client_id=client_id, seq=seq, at=at))]

    def refused(self, client_id: str, error: HubError) -> list[Action]:
        """A message of this socket was not stored; a retry helps only where a time is named. Who
        was blocked meanwhile is cut off.
        """
        nack = p.Nack(
            client_id=client_id,
            code=error.reason,
            message=error.message,
            retry_after_s=_retry_after_s(error),
        )
        if error.reason != BLOCKED:
            return [Tell(nack)]
        self.phase = Phase.CLOSED
        return [Tell(nack), Hangup(CLOSE_POLICY, BLOCKED)]

    def failed(self, error: HubError) -> list[Action]:
        """Something else the page asked for was refused."""
        problem = p.Problem(
            code=error.reason, message=error.message, retry_after_s=_retry_after_s(error)
        )
        return [Tell(problem)]

    def blocked(self) -> list[Action]:
        """Who is at the other end is not served: told so, without who says it and why."""
        self.phase = Phase.CLOSED
        problem = p.Problem(code=BLOCKED, message="You cannot write to us here any more.")
        return [Tell(problem), Hangup(CLOSE_POLICY, BLOCKED)]

    def passed(self, seq: int) -> list[Action]:
        """This socket's own message is the next entry: nothing lies between."""
        if seq == self.sent_seq + 1:
            self.sent_seq = seq
            self._forget_own()
        return []

    def entries(self, entries: Sequence[HistoryEntry]) -> list[Action]:
        """New entries, oldest first, without a gap after what was handed in before."""
        if self.phase is not Phase.READY:
            return []
        return [Tell(p.message_of(entry)) for entry in self._take_new(entries)]

    def stands(self, view: p.StandingView) -> list[Action]:
        """The contact's standing now: tell what changed."""
        before, self._standing = self._standing, view
        if self.phase is not Phase.READY or before == view:
            return []
        # First what is to come: then the page knows what the chat has ended for.
        call: list[Action] = []
        if view.call != before.call:
            call.append(Tell(p.CallStands(call=view.call)))
        return call + self._stands_now(before, view)

    def _stands_now(self, before: p.StandingView, view: p.StandingView) -> list[Action]:
        match view.state:
            case "waiting":
                queue = p.Queue(
                    position=view.position,
                    wait_low_s=view.wait_low_s,
                    wait_high_s=view.wait_high_s,
                    open_now=view.open_now,
                    alone=view.alone,
                )
                left: list[Action] = [Tell(p.AgentLeft())] if before.state == "active" else []
                return [*left, Tell(queue)]
            case "active":
                known = before.state == "active" and before.agent == view.agent
                said: list[Action] = [] if known else [Tell(p.AgentJoined(name=view.agent))]
                if view.reminded and not before.reminded:
                    said.append(Tell(p.Reminded()))
                return said
            case _:
                ended = Tell(p.Ended(silent=view.reminded))
                return [ended] if before.state in {"waiting", "active"} else []

    def live(self, frame: p.AgentTyping | p.AgentRead) -> list[Action]:
        """Something that may be lost."""
        return [Tell(frame)] if self.phase is Phase.READY else []

    def ask_survey(self, contact_id: str) -> list[Action]:
        return [Tell(p.AskSurvey(contact=contact_id))] if self.phase is Phase.READY else []

    def _take_new(self, entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
        """Return what the page lacks of `entries`, and count it as sent."""
        new: list[HistoryEntry] = []
        for entry in entries:
            if entry.seq <= self.sent_seq:
                continue
            self.sent_seq = entry.seq
            own = self._own is not None and entry.seq in self._own
            if own or entry.kind is InteractionKind.SURVEY:
                continue
            new.append(entry)
            if entry.direction == Direction.OUTBOUND:
                self._remember_unreported(entry)
        self._forget_own()
        return new

    def _remember_unreported(self, entry: HistoryEntry) -> None:
        if self._unreported is None:
            self._unreported = []
        self._unreported.append((entry.seq, entry.interaction_id))
        del self._unreported[:-UNREPORTED_KEPT]

    def _forget_own(self) -> None:
        if self._own is not None:
            self._own = {seq for seq in self._own if seq > self.sent_seq} or None


def _clean(text: str) -> str:
    """Drop what no store or screen can hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _retry_after_s(error: HubError) -> float | None:
    retry = error.details.get("retry_after_s")
    return float(retry) if retry is not None else None


def _nack(send: p.Send, code: str, message: str, retry_after_s: float | None = None) -> Tell:
    return Tell(
        p.Nack(client_id=send.client_id, code=code, message=message, retry_after_s=retry_after_s)
    )
