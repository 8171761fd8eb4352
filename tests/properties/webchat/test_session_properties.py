"""Whatever comes in whatever order: each entry reaches the page once, in order, without a gap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.channels.webchat import protocol as p
from hub.channels.webchat.actions import Action, Hangup, Open, StoreMessage, Tell
from hub.channels.webchat.session import Opened, Phase, Session, SessionLimits
from hub.channels.webchat.standing import standing_view
from hub.contacts.inbound import HistoryEntry
from hub.contacts.model import InteractionKind
from hub.core.budget import Bucket, Rate
from hub.testing.clock import NOON

LIMITS = SessionLimits()


def an_entry(seq: int, *, own: bool) -> HistoryEntry:
    return HistoryEntry(
        f"i{seq}",
        seq,
        InteractionKind.MESSAGE,
        "in" if own else "out",
        "text",
        None,
        None,
        NOON,
        f"client-{seq:04}" if own else None,
    )


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[HistoryEntry], int, list[int]]:
    """Entries with gaps (notes), how many the page held before, and where reads begin again."""
    kinds = draw(st.lists(st.sampled_from(["own", "agent", "note"]), max_size=40))
    entries = [
        an_entry(seq, own=kind == "own")
        for seq, kind in enumerate(kinds, start=1)
        if kind != "note"
    ]
    held = draw(st.integers(0, len(entries)))
    cuts = draw(st.lists(st.integers(0, 40), max_size=10))
    return entries, held, cuts


@given(conversations())
def test_every_entry_is_acked_or_pushed_exactly_once_and_in_order(
    conversation: tuple[list[HistoryEntry], int, list[int]],
) -> None:
    entries, held, cuts = conversation
    session = Session("web", LIMITS, 0.0)
    since = entries[held - 1].seq if held else 0
    session.received(p.encode(p.Hello(entry_point="web", last_seq=since)), 0.0)
    known = held + (len(entries) - held) // 2
    frames = _frames(session.opened(Opened("c", standing_view(None), entries[held:known])))
    for upto in sorted({*cuts, len(entries)}):
        fresh = entries[known : max(known, upto)]
        for entry in fresh:
            if entry.client_id and entry.seq % 2:  # this socket sent it: acked before it is read
                frames += _frames(session.stored(entry.client_id, entry.seq, NOON))
        # Readers begin at an older place than the session: what it has is dropped.
        again = max(0, known - upto % 5)
        frames += _frames(session.entries(entries[again : max(known, upto)]))
        known = max(known, upto)
    pushed = [m.seq for f in frames if isinstance(f, p.History) for m in f.messages]
    pushed += [f.seq for f in frames if isinstance(f, p.Message)]
    acked = [f.seq for f in frames if isinstance(f, p.Ack)]
    assert pushed == sorted(pushed)
    assert sorted(pushed + acked) == [entry.seq for entry in entries[held:]]


@given(st.lists(st.binary(max_size=80) | st.text(max_size=80), max_size=30))
def test_no_bytes_whatever_break_a_session(raws: list[bytes | str]) -> None:
    session = Session("web", LIMITS, 0.0)
    session.received(p.encode(p.Hello(entry_point="web")), 0.0)
    session.opened(Opened(None, standing_view(None)))
    for raw in raws:
        for action in session.received(raw, 1.0):
            assert isinstance(action, Tell | Hangup)


_frame_values = st.one_of(
    st.builds(p.Hello, entry_point=st.just("web")),
    st.builds(
        p.Send,
        client_id=st.from_regex(r"[A-Za-z0-9_-]{8,12}", fullmatch=True),
        text=st.text(max_size=50),
    ),
    st.builds(p.Typing, on=st.booleans()),
    st.builds(p.Read, seq=st.integers(0, 100)),
    st.builds(p.Got, seq=st.integers(0, 100)),
    st.builds(p.Older, before_seq=st.integers(1, 100)),
    st.builds(p.End),
    st.builds(p.Ping),
)


@given(st.lists(_frame_values, max_size=60))
def test_nothing_is_stored_before_the_hello_or_after_the_hangup(
    frames: list[p.ClientFrame],
) -> None:
    session = Session("web", LIMITS, 0.0)
    for frame in frames:
        before = session.phase
        actions = session.received(p.encode(frame), 0.0)
        if any(isinstance(action, StoreMessage) for action in actions):
            assert before is Phase.READY
        if any(isinstance(action, Open) for action in actions):
            session.opened(Opened(None, standing_view(None)))
        if before is Phase.CLOSED:
            assert actions == []


@given(
    st.floats(0.1, 50),
    st.integers(1, 50),
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
)
def test_a_bucket_never_grants_more_than_burst_and_rate(
    per_s: float, burst: int, pauses: list[float]
) -> None:
    rate = Rate(per_s, burst)
    bucket = Bucket(rate, 0.0)
    now_s = 0.0
    granted = 0
    for pause in pauses:
        now_s += pause
        wait_s = bucket.take(rate, now_s)
        granted += wait_s == 0.0
        if wait_s:
            assert bucket.take(rate, now_s + wait_s + 1e-6) == 0.0
            now_s += wait_s + 1e-6
            granted += 1
    assert granted <= burst + per_s * now_s + 1e-3


def _frames(actions: list[Action]) -> list[p.ServerFrame]:
    return [action.frame for action in actions if isinstance(action, Tell)]
