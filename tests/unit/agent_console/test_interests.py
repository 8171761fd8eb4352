"""Whom a hint concerns, whoever comes and goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.agent_console.interests import Interests, Kind

_KEYS = st.frozensets(st.sampled_from("abc"))
_STEPS = st.lists(st.tuples(st.sampled_from(["li", "wang", "chen"]), st.none() | _KEYS))


@given(_STEPS)
def test_a_key_concerns_exactly_those_who_watch_it(
    steps: list[tuple[str, frozenset[str] | None]],
) -> None:
    interests: Interests[str] = Interests()
    watched: dict[str, frozenset[str]] = {}
    for who, keys in steps:
        if keys is None:
            interests.leave(who)
        else:
            interests.watch(who, Kind.CONTACT, keys)
        watched[who] = keys or frozenset()
        for key in "abc":
            expected = {one for one, its in watched.items() if key in its}
            told = interests.of(Kind.CONTACT, key)
            assert set(told) == expected
            assert len(told) == len(expected)
            assert interests.of(Kind.USER, key) == ()
