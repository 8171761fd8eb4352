"""Which line is the most urgent, however time passes and whoever comes and goes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.routing.lines import Entry, LineKey, Lines, all_of
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
