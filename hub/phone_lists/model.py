"""Phone lists as rules: states, results, and what follows of an attempt. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hub.contacts.model import CallOutcome


class Mode(StrEnum):
    PREVIEW = "preview"  # the agent reads, then calls
    PROGRESSIVE = "progressive"  # the hub calls for each free agent


class PersonState(StrEnum):
    LISTED = "listed"  # named in a draft
    DUE = "due"  # waits for their time
    QUEUED = "queued"  # their contact waits in the queue, or is offered
    CALLING = "calling"  # an agent has it: reads, the phones ring, or they talk
    DONE = "done"  # has a final result
    GIVEN_UP = "given_up"  # no attempt is left
    SUPPRESSED = "suppressed"  # never called, for a reason
    HELD_OUT = "held_out"  # might have been called, and was left out to compare


IN_HAND = frozenset({PersonState.QUEUED, PersonState.CALLING})


class Reason(StrEnum):
    """Why somebody was not called, beside the reasons of `may_contact`."""

    NO_NUMBER = "no_number"
    SHARED_NUMBER = "shared_number"  # who of several would answer is not known
    INVALID_NUMBER = "invalid_number"
    DO_NOT_CALL = "do_not_call"
    BLOCKED = "blocked"
    CALLBACK_PENDING = "callback_pending"
    BUSY = "busy"  # somebody talks with them
    SAME_PERSON = "same_person"  # merged with somebody else of the list
    ARCHIVED = "archived"
    ASKED_LATELY = "asked_lately"
    QUIET_HOURS = "quiet_hours"
    WINDOW_OVER = "window_over"
    STOPPED = "stopped"
    WRONG_PERSON = "wrong_person"  # an agent said so
    HANDLED = "handled"  # settled already, an agent said so
    NO_RESULT = "no_result"  # talked to, and nobody said what came of it


class Halt(StrEnum):
    """Why the hub paused a list by itself."""

    SENDER_GONE = "sender_gone"
    QUEUE_GONE = "queue_gone"


class Result(StrEnum):
    """What came of an attempt."""

    REACHED = "reached"
    INTERESTED = "interested"
    REFUSED = "refused"
    CALL_LATER = "call_later"  # at a time agreed
    WRONG_NUMBER = "wrong_number"  # not theirs: another of theirs is tried
    NEVER = "never"  # wants no such call any more: a no that is kept
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    FAILED = "failed"
    SKIPPED = "skipped"  # not called: an agent put it off


class Then(StrEnum):
    """What a result means for the person."""

    ENDS = "ends"
    AGAIN = "again"  # after a gap, while attempts are left
    AGREED = "agreed"  # at the time agreed, whatever was tried before
    ELSEWHERE = "elsewhere"  # another number, while there is one
    FORBIDS = "forbids"  # ends, and is kept as a no


class Rule(NamedTuple):
    """`human`: a person was on the line. `gap_s`: until it is tried again."""

    then: Then
    human: bool
    gap_s: int = 0


HOUR = 3600
RULES: Mapping[Result, Rule] = {
    Result.REACHED: Rule(Then.ENDS, human=True),
    Result.INTERESTED: Rule(Then.ENDS, human=True),
    Result.REFUSED: Rule(Then.ENDS, human=True),
    Result.CALL_LATER: Rule(Then.AGREED, human=True),
    Result.WRONG_NUMBER: Rule(Then.ELSEWHERE, human=True, gap_s=60),
    Result.NEVER: Rule(Then.FORBIDS, human=True),
    Result.NO_ANSWER: Rule(Then.AGAIN, human=False, gap_s=4 * HOUR),
    Result.BUSY: Rule(Then.AGAIN, human=False, gap_s=HOUR // 4),
    Result.MACHINE: Rule(Then.AGAIN, human=False, gap_s=4 * HOUR),
    Result.FAILED: Rule(Then.AGAIN, human=False, gap_s=24 * HOUR),
    Result.SKIPPED: Rule(Then.AGAIN, human=False, gap_s=HOUR // 2),
}
GAPS = frozenset(result for result, rule in RULES.items() if rule.then is Then.AGAIN)
BY_AGENT = frozenset(Result) - {Result.FAILED, Result.SKIPPED}
MIN_GAP_S = 60
MAX_GAP_S = 30 * 24 * HOUR
MAX_ATTEMPTS = 10
AGENT_FAILED_GAP_S = 60  # the agent's own phone: the customer knows of nothing


class AnsweredBy(StrEnum):
    """Who picked up, as the provider tells."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Course:
    """How far a list has come with one person: `failed` attempts of at most `attempts`."""

    attempts: int
    failed: int = 0


class After(NamedTuple):
    """What becomes of a person after an attempt. `agreed`: `due_at` is what they asked for."""

    state: PersonState
    failed: int
    due_at: datetime | None = None
    agreed: bool = False


def after_attempt(
    course: Course,
    result: Result,
    gaps: Mapping[str, int],
    at: datetime,
    *,
    agreed: datetime | None = None,
    numbers_left: bool = False,
) -> After:
    """Return what follows of `result` at `at`. `agreed`: the time for CALL_LATER; `numbers_left`:
    another number of theirs was not wrong yet.
    """
    rule = RULES[result]
    match rule.then:
        case Then.ENDS | Then.FORBIDS:
            return After(PersonState.DONE, course.failed)
        case Then.AGREED:
            return After(PersonState.DUE, course.failed, max(agreed or at, at), agreed=True)
        case Then.ELSEWHERE if not numbers_left:
            return After(PersonState.DONE, course.failed)
    counts = result is not Result.SKIPPED
    failed = course.failed + (1 if counts else 0)
    if failed >= course.attempts:
        return After(PersonState.GIVEN_UP, failed)
    gap_s = gaps.get(result, rule.gap_s)
    return After(PersonState.DUE, failed, at + timedelta(seconds=gap_s))


RESULT_OF: Mapping[CallOutcome, Result] = {
    CallOutcome.BUSY: Result.BUSY,
    CallOutcome.NO_ANSWER: Result.NO_ANSWER,
    CallOutcome.FAILED: Result.FAILED,
    CallOutcome.CANCELLED: Result.NO_ANSWER,  # the agent gave up while it rang
    CallOutcome.ANSWERED: Result.NO_ANSWER,  # picked up, and gone before anybody was heard
}


class Number(NamedTuple):
    """A number of a customer: `identity_id`, E.164, whether it is proven to be theirs."""

    identity_id: str
    number: str
    proven: bool


def choose_number(numbers: Sequence[Number], tried: Mapping[str, int]) -> Number | None:
    """Return the number to be called next: the one tried least, the proven and then the newest
    first; one that was wrong (-1) never.
    """
    good = [one for one in numbers if tried.get(one.identity_id, 0) >= 0]
    if not good:
        return None
    newest = sorted(good, key=lambda one: one.identity_id, reverse=True)
    return min(newest, key=lambda one: (tried.get(one.identity_id, 0), not one.proven))
