"""A call stands the same however its events came: in any order, twice, some lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.channels.cti.events import Direction, EventKind, PbxEvent
from hub.channels.cti.reducer import fold

START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
EXTENSIONS = ("801", "802", "803")


def an_event(kind: EventKind, second: int, extension: str = "", **more: object) -> PbxEvent:
    facts = {"direction": Direction.IN, "number": "13800138000", "timed": True, **more}
    at = START + timedelta(seconds=second)
    return PbxEvent(call_id="a", kind=kind, at=at, extension=extension, **facts)  # type: ignore[arg-type]  # names of fields


events = st.builds(
    an_event, st.sampled_from(EventKind), st.integers(0, 20), st.sampled_from(("", *EXTENSIONS))
)
told = st.lists(events, min_size=1, max_size=12)


@given(told, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(of: list[PbxEvent], by: object) -> None:
    again = [*of, *of[: len(of) // 2]]
    by.shuffle(again)  # type: ignore[attr-defined]  # a Random
    assert fold(again) == fold(of)


@given(told, told)
def test_an_end_stays_an_end(of: list[PbxEvent], later: list[PbxEvent]) -> None:
    ended = [*of, an_event(EventKind.ENDED, 5)]
    state = fold([*ended, *later])
    assert state is not None
    assert state.ended_at is not None
    assert state.ringing == ()
    assert not state.held


@given(told, told)
def test_an_answer_is_never_taken_back(of: list[PbxEvent], later: list[PbxEvent]) -> None:
    before, after = fold(of), fold([*of, *later])
    assert before is not None
    assert after is not None
    if before.answered_at is not None:
        assert after.answered_at is not None


@given(st.sets(st.integers(0, 4)))
def test_whatever_is_lost_before_the_end_is_no_open_call(lost: set[int]) -> None:
    of = [
        an_event(EventKind.RINGING, 0, "801"),
        an_event(EventKind.RINGING, 0, "802"),
        an_event(EventKind.ANSWERED, 3, "801"),
        an_event(EventKind.HELD, 5),
        an_event(EventKind.RESUMED, 7),
        an_event(EventKind.ENDED, 9, talked_s=6),
    ]
    state = fold(event for place, event in enumerate(of) if place not in lost)
    assert state is not None
    assert state.ended_at == START + timedelta(seconds=9)
    assert state.answered_at is not None  # by the length that its end tells
    if 2 not in lost:
        assert state.talker == "801"


def test_a_group_rings_until_one_answers() -> None:
    ringing = [an_event(EventKind.RINGING, 0, one) for one in EXTENSIONS]
    state = fold(ringing)
    assert state is not None
    assert state.ringing == EXTENSIONS
    state = fold([*ringing, an_event(EventKind.STOPPED, 1, "802")])
    assert state is not None
    assert state.ringing == ("801", "803")
    state = fold([*ringing, an_event(EventKind.ANSWERED, 2, "803")])
    assert state is not None
    assert (state.ringing, state.talker) == ((), "803")


def test_a_ringing_that_is_told_late_without_a_time_rings_nobody() -> None:
    answered = an_event(EventKind.ANSWERED, 2, "801")
    late = an_event(EventKind.RINGING, 3, "802", timed=False)
    state = fold([answered, late])
    assert state is not None
    assert state.ringing == ()
    asked = fold([answered, an_event(EventKind.RINGING, 3, "802")])
    assert asked is not None
    assert asked.ringing == ("802",)


def test_who_answers_last_has_the_call() -> None:
    state = fold(
        [
            an_event(EventKind.ANSWERED, 2, "801"),
            an_event(EventKind.HELD, 4),
            an_event(EventKind.ANSWERED, 6, "802"),
        ]
    )
    assert state is not None
    assert (state.talker, state.held) == ("802", False)
    assert state.answered_at == START + timedelta(seconds=2)
