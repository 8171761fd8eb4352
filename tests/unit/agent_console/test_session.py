"""The console session: numbered frames that carry exactly what differs."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.agent_console import protocol as p
from hub.agent_console.others import Line, Others
from hub.agent_console.session import (
    MAX_FOLLOWED,
    RECHECKED,
    Budget,
    ConsoleSession,
    DeskView,
)
from hub.agent_console.shapes import ContactRow, WaitingSummary

from .rows import CHEN, NOON, a_contact, a_desk, an_entry, an_offer, me, waiting


def begun(desk: DeskView) -> ConsoleSession:
    session = ConsoleSession()
    session.snapshot(desk, waiting(0), None)
    return session


def test_the_first_frame_is_a_snapshot_with_number_one() -> None:
    [frame] = ConsoleSession().snapshot(a_desk(a_contact("a")), waiting(0), None)
    assert isinstance(frame, p.Snapshot)
    assert frame.n == 1
    assert [row.id for row in frame.contacts] == ["a"]


def test_nothing_is_said_before_the_snapshot() -> None:
    session = ConsoleSession()
    assert session.desk_changed(a_desk(a_contact("a"))) == []
    assert session.figures_changed(waiting(3), None) == []


def test_a_desk_that_is_the_same_says_nothing() -> None:
    session = begun(a_desk(a_contact("a"), offers=(an_offer("o"),)))
    assert session.desk_changed(a_desk(a_contact("a"), offers=(an_offer("o"),))) == []


def test_urgency_that_only_grew_is_no_change() -> None:
    row = a_contact("a")
    session = begun(a_desk(row))
    later = msgspec.structs.replace(row, urgency=msgspec.structs.replace(row.urgency, value=0.9))
    assert session.desk_changed(a_desk(later)) == []


def beside(*lines: Line) -> Others:
    return Others({CHEN.id: tuple(lines)}, frozenset(line.id for line in lines))


MINE = Line("a", "active", "support", "me")
WAITS = Line("b", "queued", "support", None)


def test_another_contact_of_a_shown_customer_is_named_once_by_the_customer() -> None:
    session = begun(a_desk(a_contact("a"), others=beside(MINE)))
    more = a_desk(a_contact("a"), others=beside(MINE, WAITS))
    assert session.desk_changed(more) == [
        p.Notice(n=2, code="others_changed", customer_id=CHEN.id),
    ]
    assert session.other_ids == {"b"}
    assert session.desk_changed(more) == []
    taken = WAITS._replace(state="active", agent_id="li")
    [notice] = session.desk_changed(a_desk(a_contact("a"), others=beside(MINE, taken)))
    assert isinstance(notice, p.Notice)


def test_what_changes_of_the_shown_contact_itself_is_no_other() -> None:
    session = begun(a_desk(a_contact("a"), others=beside(MINE)))
    held = beside(MINE._replace(state="hold"))
    assert session.desk_changed(a_desk(a_contact("a"), others=held)) == []
    both = a_desk(a_contact("a"), a_contact("b"), others=beside(MINE, WAITS))
    session = begun(both)
    gone = a_desk(a_contact("a"), a_contact("b"), others=beside(WAITS))
    assert [type(frame) for frame in session.desk_changed(gone)] == [p.Notice]  # beside b


def test_a_customer_who_is_shown_for_the_first_time_is_news_by_their_contact() -> None:
    session = begun(a_desk())
    [frame] = session.desk_changed(a_desk(a_contact("a"), others=beside(MINE, WAITS)))
    assert isinstance(frame, p.ContactDelta)


def test_a_changed_contact_is_sent_alone() -> None:
    session = begun(a_desk(a_contact("a"), a_contact("b")))
    [frame] = session.desk_changed(a_desk(a_contact("a", 2), a_contact("b")))
    assert frame == p.ContactDelta(n=2, row=a_contact("a", 2))


def test_a_customers_new_tier_or_promise_is_a_change_of_the_row() -> None:
    session = begun(a_desk(a_contact("a")))
    low = a_contact("a", customer=msgspec.structs.replace(CHEN, tier="low"))
    assert session.desk_changed(a_desk(low)) == [p.ContactDelta(n=2, row=low)]
    promised = msgspec.structs.replace(low, commitment_due_at=NOON)
    assert session.desk_changed(a_desk(promised)) == [p.ContactDelta(n=3, row=promised)]


def test_a_contact_that_left_is_told_with_what_became_of_it() -> None:
    session = begun(a_desk(a_contact("a")))
    closed = a_contact("a", 2, state="closed")
    [frame] = session.desk_changed(a_desk(gone={"a": closed}))
    assert frame == p.ContactGone(n=2, contact_id="a", row=closed)


def test_an_expired_offer_is_also_a_notice() -> None:
    session = begun(a_desk(offers=(an_offer("o"),)))
    gone, notice = session.desk_changed(a_desk(ended_offers={"o": "expired"}))
    assert gone == p.OfferGone(n=2, offer_id="o", why="expired")
    assert notice == p.Notice(n=3, code="missed_offer", contact_id="contact-o")


def test_an_accepted_offer_is_no_notice() -> None:
    session = begun(a_desk(offers=(an_offer("o"),)))
    frames = session.desk_changed(a_desk(ended_offers={"o": "accepted"}))
    assert frames == [p.OfferGone(n=2, offer_id="o", why="accepted")]


def test_a_new_state_of_mine_is_told() -> None:
    session = begun(a_desk())
    tired = me(state="not_ready", reason="break", version=2)
    assert session.desk_changed(a_desk(me=tired)) == [p.MeDelta(n=2, me=tired)]


def test_the_ticker_moves_when_a_person_would_see_it_move() -> None:
    session = ConsoleSession()
    session.snapshot(a_desk(), waiting(1, 10), None)
    later = NOON + timedelta(seconds=5)
    same = WaitingSummary(waiting=1, longest_wait_s=15, at=later)
    assert session.figures_changed(same, None) == []
    [frame] = session.figures_changed(waiting(2, 10), None)
    assert isinstance(frame, p.SummaryDelta)


def test_a_hint_concerns_a_console_by_contacts_customers_and_talk() -> None:
    session = begun(a_desk(a_contact("a"), offers=(an_offer("o"),)))
    assert session.contact_ids == {"a", "contact-o"}
    assert session.customer_ids == {"cu"}
    assert session.talks_in("of-a")
    assert not session.talks_in("of-contact-o")  # offered is not held


def test_entries_come_once_and_again_only_when_their_delivery_changed() -> None:
    session = begun(a_desk())
    session.follow("c", 0)
    [first] = session.entries_read("c", 0, [an_entry(1), an_entry(2, "pending")], 0)
    assert isinstance(first, p.InteractionsDelta)
    assert [entry.seq for entry in first.items] == [1, 2]
    assert session.entries_read("c", 0, [an_entry(1), an_entry(2, "pending")], 0) == []
    [again] = session.entries_read("c", 0, [an_entry(1), an_entry(2, "delivered")], 0)
    assert isinstance(again, p.InteractionsDelta)
    assert [(entry.seq, entry.delivery) for entry in again.items] == [(2, "delivered")]


def test_what_the_customer_has_read_is_told_also_without_new_entries() -> None:
    session = begun(a_desk())
    session.follow("c", 0)
    session.entries_read("c", 0, [an_entry(1)], 0)
    [frame] = session.entries_read("c", 0, [an_entry(1)], 1)
    assert isinstance(frame, p.InteractionsDelta)
    assert (frame.items, frame.customer_read_seq) == ([], 1)


def test_a_console_that_knows_the_beginning_is_sent_the_rest_and_the_last_ones_again() -> None:
    """While it was away the delivery of what it knows may have changed."""
    session = begun(a_desk())
    session.follow("c", 40)
    assert session.read_from("c", recheck=True) == 40 - RECHECKED
    known = [an_entry(seq) for seq in range(41 - RECHECKED, 40)]
    [frame] = session.entries_read(
        "c", 40 - RECHECKED, [*known, an_entry(40, "failed"), an_entry(41)], 0
    )
    assert isinstance(frame, p.InteractionsDelta)
    assert {(entry.seq, entry.delivery) for entry in frame.items} >= {(40, "failed"), (41, None)}
    assert session.read_from("c", recheck=True) == 41 - RECHECKED
    assert session.read_from("c", recheck=False) == 41


def test_a_read_from_before_a_conversation_was_opened_anew_leaves_no_gap() -> None:
    session = begun(a_desk())
    session.follow("c", 30)
    session.follow("c", 0)  # opened anew while the first read was under way
    assert session.entries_read("c", 10, [an_entry(11)], 0) == []
    assert session.read_from("c", recheck=False) == 0


def test_a_row_read_anew_is_told_once() -> None:
    session = begun(a_desk(a_contact("a"), a_contact("b")))
    now = {"a": a_contact("a", 2, unread=1)}
    assert session.rows_changed(frozenset("a"), now) == [p.ContactDelta(n=2, row=now["a"])]
    assert session.rows_changed(frozenset("a"), now) == []


def test_a_row_that_moved_or_went_asks_for_the_whole_desk() -> None:
    session = begun(a_desk(a_contact("a")))
    assert session.rows_changed(frozenset("a"), {}) is None
    moved = a_contact("a", 2, state="parked")
    assert session.rows_changed(frozenset("a"), {"a": moved}) is None


def test_an_offer_whose_contact_changes_is_told_again() -> None:
    before = an_offer("o")
    session = begun(a_desk(offers=(before,)))
    grown = msgspec.structs.replace(before, contact=a_contact("contact-o", 2, unread=2))
    assert session.desk_changed(a_desk(offers=(grown,))) == [p.OfferDelta(n=2, offer=grown)]


def test_a_to_do_whose_customer_changes_is_told_again() -> None:
    session = begun(a_desk(to_do=[a_contact("a")]))
    gold = a_contact("a", customer=msgspec.structs.replace(CHEN, name="Chen Li"))
    assert session.desk_changed(a_desk(to_do=[gold])) == [p.ToDoDelta(n=2, contacts=[gold])]


def test_only_so_many_conversations_are_followed_the_oldest_is_left() -> None:
    session = begun(a_desk())
    for number in range(MAX_FOLLOWED + 1):
        session.follow(str(number), 0)
    assert len(session.followed) == MAX_FOLLOWED
    assert "0" not in session.followed


def test_a_budget_allows_a_burst_and_then_a_rate() -> None:
    budget = Budget(10)
    assert [budget.take(0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [budget.take(0.1), budget.take(0.1)] == [True, False]


ROWS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3), max_size=4)


@given(st.lists(ROWS, min_size=1, max_size=12))
def test_a_console_that_applies_every_frame_holds_what_the_hub_holds(
    desks: list[dict[str, int]],
) -> None:
    session = ConsoleSession()
    held: dict[str, ContactRow] = {}
    numbers: list[int] = []
    for position, versions in enumerate(desks):
        desk = a_desk(*(a_contact(key, version) for key, version in versions.items()))
        frames = (
            session.desk_changed(desk) if position else session.snapshot(desk, waiting(0), None)
        )
        for frame in frames:
            if isinstance(frame, p.Snapshot):
                held = {row.id: row for row in frame.contacts}
                numbers.append(frame.n)
            elif isinstance(frame, p.ContactDelta):
                held[frame.row.id] = frame.row
                numbers.append(frame.n)
            elif isinstance(frame, p.ContactGone):
                del held[frame.contact_id]
                numbers.append(frame.n)
        assert {key: row.version for key, row in held.items()} == versions
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_else_waits_of_an_offers_customer_is_listened_for() -> None:
    session = ConsoleSession()
    offer = msgspec.structs.replace(an_offer("o"), other_open=[a_contact("other")])
    session.snapshot(a_desk(offers=(offer,)), waiting(0), None)
    assert session.contact_ids == {"contact-o", "other"}
    assert session.held_ids == frozenset()
