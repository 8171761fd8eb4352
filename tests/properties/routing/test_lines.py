"""Which line is the most urgent, however time passes and whoever comes and goes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.routing.lines import Entry, LineKey, Lines
from hub.routing.queue_lines import all_of
from tests.unit.routing.build import TIERS, a_contact, rules

START_S = 1_000.0
moves = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.sampled_from(TIERS), st.integers(0, 300)),
        st.tuples(st.just("go"), st.integers(0, 50), st.just(0)),
        st.tuples(st.just("later"), st.integers(-2, 90), st.just(0)),
    ),
    min_size=2,
    max_size=30,
)


def key_of(entry: Entry) -> LineKey:
    contact = entry.contact
    return LineKey(
        queue="support",
        tier=contact.tier,
        channel="phone",
        calendar_id="wall",
        target_s=contact.target_s,
        demands=(),
        step=0,
        priority=0,
        held_for=None,
    )


@settings(max_examples=400, deadline=None)
@given(moves)
def test_the_top_of_a_bunch_is_the_first_with_the_most_of_its_promise_used(
    course: list[tuple[str, str | int, int]],
) -> None:
    lines, clock_s, entries = Lines(rules()), START_S, list[Entry]()
    for number, (what, which, waited) in enumerate(course):
        if what == "come":
            contact = a_contact(f"c{number:03}", "phone", str(which))
            start_s = clock_s - waited
            entries.append(Entry(structs.replace(contact, virtual_start_s=start_s)))
            lines.put(entries[-1], key_of(entries[-1]))
        elif what == "go" and entries:
            lines.take(entries.pop(int(which) % len(entries)))
        elif what == "later":
            clock_s += int(which)
        queue = lines.of("support")
        bunches = [] if queue is None else all_of(queue.common)
        if not entries:
            assert not bunches
            continue
        [bunch] = bunches
        most = max((clock_s - e.contact.virtual_start_s) / e.contact.target_s for e in entries)
        top = bunch.top_at(clock_s)
        assert abs((clock_s - top.first_s) / top.target_s - most) < 1e-9
        assert bunch.oldest_s == min(e.contact.virtual_start_s for e in entries)
        assert lines.waiting("support") == len(entries)


def test_lines_where_nobody_waits_are_forgotten_once_there_are_many() -> None:
    """Targets may differ from contact to contact: what is kept for the next one has a bound."""
    lines = Lines(rules())
    stays = Entry(a_contact("stays", "phone", "gold"))
    lines.put(stays, lines.key(stays.contact, 0, None))
    for number in range(20_000):
        contact = a_contact(f"c{number:05}", "phone", "gold")
        entry = Entry(structs.replace(contact, target_s=10.0 + number))
        held_for = f"agent-{number}" if number % 2 else None
        lines.put(entry, lines.key(entry.contact, 0, held_for))
        lines.take(entry)
    queue = lines.of("support")
    assert queue is not None
    [alike] = queue.common.values()
    [bunch] = alike.known.values()
    assert len(bunch.known) + len(queue.held) < 5_000
    assert stays.line is not None
    assert lines.key(stays.contact, 0, None) is stays.line.key
    assert [line.first for line in lines.of_queue("support")] == [stays]


def test_a_long_line_keeps_its_order_over_what_is_cleared_away() -> None:
    lines = Lines(rules())
    waiting = [
        Entry(structs.replace(a_contact(f"c{n:04}", "phone"), virtual_start_s=float(n)))
        for n in range(1_000)
    ]
    for entry in waiting[::2] + waiting[1::2]:
        lines.put(entry, lines.key(entry.contact, 0, None))
    for entry in waiting:
        [line] = lines.of_queue("support")
        assert line.first is entry
        assert line.started_by(entry.virtual_start_s) == 1
        lines.take(entry)
    assert not lines.of_queue("support")
