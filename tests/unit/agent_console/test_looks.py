from __future__ import annotations

from hub.agent_console.looks import DESK, LOOK_S, Looks

COUNT = 400


def taken_until(looks: Looks, end_s: float) -> dict[str, list[float]]:
    """Take whatever is due, at the moment it is, and return when each was."""
    times: dict[str, list[float]] = {}
    while looks.next_s <= end_s:
        at_s = looks.next_s
        for key in looks.take(at_s):
            times.setdefault(key, []).append(at_s)
    return times


def test_everything_shown_is_looked_at_again_and_again_within_the_time() -> None:
    looks = Looks(0.0)
    looks.keep(["a", "b"], 0.0)
    times = taken_until(looks, 10 * LOOK_S)
    assert set(times) == {DESK, "a", "b"}
    for moments in times.values():
        gaps = [later - sooner for sooner, later in zip([0.0, *moments], moments, strict=False)]
        assert max(gaps) <= LOOK_S


def test_consoles_that_come_together_do_not_look_together() -> None:
    firsts = sorted(Looks(0.0).next_s for _ in range(COUNT))
    # However they fall, no tenth of the time has more than half of them.
    most = max(sum(at <= one <= at + LOOK_S / 10 for one in firsts) for at in firsts)
    assert most < COUNT / 2


def test_what_is_followed_anew_is_looked_at_and_what_is_left_is_not() -> None:
    looks = Looks(0.0)
    looks.keep(["a"], 0.0)
    looks.keep(["b"], 1.0)
    assert set(taken_until(looks, 1.0 + LOOK_S)) == {DESK, "b"}


def test_keeping_the_same_puts_nothing_off() -> None:
    looks = Looks(0.0)
    looks.keep(["a", "b"], 0.0)
    before = looks.next_s
    looks.keep({"b": 1, "a": 2}, 10.0)
    assert looks.next_s == before
