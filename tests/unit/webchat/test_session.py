"""The session state machine, case by case."""

from __future__ import annotations

import pytest

from hub.channels.webchat import protocol as p
from hub.channels.webchat.actions import (
    Action,
    Hangup,
    Open,
    ReportDelivered,
    ReportRead,
    ShareTyping,
    StoreMessage,
    Tell,
)
from hub.channels.webchat.session import Opened, Session, SessionLimits
from hub.channels.webchat.standing import standing_view
from hub.contacts.inbound import HistoryEntry, Standing
from hub.contacts.model import InteractionKind
from hub.core.budget import Rate
from hub.core.errors import Forbidden, Unavailable
from hub.testing.clock import NOON


def an_entry(seq: int, direction: str = "out", text: str = "hello") -> HistoryEntry:
    return HistoryEntry(
        interaction_id=f"i{seq}",
        seq=seq,
        kind=InteractionKind.MESSAGE,
        direction=direction,
        text=text,
        html=None,
        author_name="Li Na",
        at=NOON,
        client_id=f"client-{seq}" if direction == "in" else None,
    )


def a_session(limits: SessionLimits | None = None) -> Session:
    return Session("web", limits or SessionLimits(), 0.0)


def an_open_session(limits: SessionLimits | None = None) -> Session:
    session = a_session(limits)
    session.received(p.encode(p.Hello(entry_point="web")), 0.0)
    session.opened(Opened(None, standing_view(None)))
    return session


def told(actions: list[Action]) -> list[p.ServerFrame]:
    return [action.frame for action in actions if isinstance(action, Tell)]


def a_send(number: int = 1, text: str = "hello") -> bytes:
    return p.encode(p.Send(client_id=f"client-{number:04}", text=text))


def test_the_first_frame_must_be_a_hello() -> None:
    actions = a_session().received(a_send(), 0.0)
    assert isinstance(actions[-1], Hangup)


def test_a_hello_for_another_entry_point_is_hung_up() -> None:
    actions = a_session().received(p.encode(p.Hello(entry_point="other")), 0.0)
    assert isinstance(actions[-1], Hangup)


def test_a_second_hello_is_hung_up() -> None:
    session = an_open_session()
    actions = session.received(p.encode(p.Hello(entry_point="web")), 0.0)
    assert isinstance(actions[-1], Hangup)
    assert session.received(a_send(), 0.0) == []


def test_a_hello_asks_to_open_and_is_welcomed() -> None:
    session = a_session()
    (action,) = session.received(p.encode(p.Hello(entry_point="web", last_seq=2)), 0.0)
    assert isinstance(action, Open)
    frames = told(session.opened(Opened("c1", standing_view(None), [an_entry(3), an_entry(4)])))
    assert isinstance(frames[0], p.Welcome)
    assert frames[0].last_seq == 4
    assert isinstance(frames[1], p.History)
    assert [message.seq for message in frames[1].messages] == [3, 4]


def test_a_message_is_stored_then_acked() -> None:
    session = an_open_session()
    assert session.received(a_send(1, "hi\x00 there"), 0.0) == [
        StoreMessage("client-0001", "hi there", ())
    ]
    assert told(session.stored("client-0001", 1, NOON)) == [
        p.Ack(client_id="client-0001", seq=1, at=NOON)
    ]


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), (" \n ", "empty"), ("x" * 8001, "too_long")]
)
def test_a_message_that_cannot_be_stored_is_answered(text: str, code: str) -> None:
    (frame,) = told(an_open_session().received(a_send(1, text), 0.0))
    assert isinstance(frame, p.Nack)
    assert frame.code == code
    assert frame.retry_after_s is None


def test_too_many_messages_are_refused_visibly_and_pass_after_the_named_time() -> None:
    session = an_open_session(SessionLimits(messages=Rate(per_s=0.5, burst=2)))
    for number in range(2):
        assert isinstance(session.received(a_send(number), 0.0)[0], StoreMessage)
    (frame,) = told(session.received(a_send(3), 0.0))
    assert isinstance(frame, p.Nack)
    assert frame.code == "too_many"
    assert frame.retry_after_s == pytest.approx(2.0)
    assert isinstance(session.received(a_send(3), 2.0)[0], StoreMessage)


def test_a_stopped_database_is_a_nack_with_a_time() -> None:
    session = an_open_session()
    (frame,) = told(session.refused("client-0001", Unavailable("Stopped.", retry_after_s=7)))
    assert frame == p.Nack(
        client_id="client-0001", code="unavailable", message="Stopped.", retry_after_s=7.0
    )


def test_who_was_blocked_meanwhile_is_told_so_and_cut_off() -> None:
    session = an_open_session()
    nack, end = session.refused("client-0001", Forbidden("No more.", code="blocked"))
    assert nack == Tell(p.Nack(client_id="client-0001", code="blocked", message="No more."))
    assert end == Hangup(1008, "blocked")
    assert session.received(a_send(2), 0.0) == []


def test_broken_frames_are_answered_and_then_hung_up() -> None:
    session = an_open_session()
    answers = [session.received(b"{", 0.0) for _ in range(6)]
    assert all(not any(isinstance(a, Hangup) for a in answer) for answer in answers[:5])
    assert isinstance(answers[5][-1], Hangup)


def test_typing_is_shared_once_until_it_changes_or_ages() -> None:
    session = an_open_session()
    on = p.encode(p.Typing(on=True))
    assert session.received(on, 0.0) == [ShareTyping(True)]
    assert session.received(on, 1.0) == []
    assert session.received(on, 3.0) == [ShareTyping(True)]
    assert session.received(p.encode(p.Typing(on=False)), 3.1) == [ShareTyping(False)]


def test_delivered_and_read_are_reported_once() -> None:
    session = an_open_session()
    session.entries([an_entry(1), an_entry(2), an_entry(3)])
    assert session.received(p.encode(p.Got(seq=2)), 0.0) == [ReportDelivered(("i1", "i2"))]
    assert session.received(p.encode(p.Got(seq=2)), 0.0) == []
    assert session.received(p.encode(p.Read(seq=3)), 0.0) == [ReportRead(3)]
    assert session.received(p.encode(p.Read(seq=3)), 0.0) == []
    assert session.received(p.encode(p.Read(seq=99)), 0.0) == []


def test_standings_become_frames_only_when_they_change() -> None:
    session = an_open_session()
    waiting = standing_view(Standing("queued", 2, 30, 90, True))
    assert told(session.stands(waiting)) == [p.Queue(position=2, wait_low_s=30, wait_high_s=90)]
    assert session.stands(waiting) == []
    active = standing_view(Standing("active", None, None, None, True, "Li Na"))
    assert told(session.stands(active)) == [p.AgentJoined(name="Li Na")]
    assert told(session.stands(waiting)) == [
        p.AgentLeft(),
        p.Queue(position=2, wait_low_s=30, wait_high_s=90),
    ]
    closed = standing_view(Standing("closed", None, None, None, True))
    assert told(session.stands(closed)) == [p.Ended()]
    assert session.stands(standing_view(None)) == []


def test_resync_drops_what_the_page_holds_and_gives_the_newest_page() -> None:
    session = a_session()
    session.received(p.encode(p.Hello(entry_point="web", last_seq=900)), 0.0)
    opened = Opened("c1", standing_view(None), [an_entry(7)], more=True, resync=True)
    frames = told(session.opened(opened))
    assert [type(frame) for frame in frames] == [p.Welcome, p.Resync, p.History]
    assert session.sent_seq == 7


def test_who_waits_in_vain_is_told_once_why_a_message_may_be_left() -> None:
    session = an_open_session()
    session.stands(standing_view(Standing("queued", 2, None, None, True)))
    alone = standing_view(Standing("queued", 2, None, None, True, alone="nobody"))
    assert told(session.stands(alone)) == [p.Queue(position=2, alone="nobody")]
    assert session.stands(alone) == []
