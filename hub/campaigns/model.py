"""Campaigns as rules: states, arms, pace, texts. Pure: no I/O, no clock.

Who is in which arm is decided by a hash of campaign and customer, so it never changes and nobody
can choose it. The pace is a leaky bucket (GCRA): in no hour do more go out than it says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

WHOLE = 100  # what the shares of all arms add up to
MAX_ARMS = 6
MAX_PACE = 100_000  # an hour
CONFIRM_ABOVE = 10_000  # people
GROWS = 2  # percent by which a living group may grow before the confirmed number is out of date
MAX_SUBJECT = 200
MAX_TEXT = 20_000


class State(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"  # everybody has a result or a reason
    STOPPED = "stopped"  # by hand, for good


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.RUNNING}),
    State.RUNNING: frozenset({State.PAUSED, State.STOPPED, State.DONE}),
    State.PAUSED: frozenset({State.RUNNING, State.STOPPED}),
    State.DONE: frozenset(),
    State.STOPPED: frozenset(),
}


class PersonState(StrEnum):
    LISTED = "listed"  # named in a draft
    DUE = "due"
    SENT = "sent"
    HELD_OUT = "held_out"  # might have been written to, and was left out to compare
    FAILED = "failed"  # it never arrived
    SUPPRESSED = "suppressed"  # not written to, for a reason


class Reason(StrEnum):
    """Why somebody was not written to, beside the reasons of `may_contact`."""

    NO_ADDRESS = "no_address"
    SHARED_ADDRESS = "shared_address"  # who of several would read it is not known
    INVALID_ADDRESS = "invalid_address"  # mails came back from it
    SAME_PERSON = "same_person"  # merged with somebody else of the list
    ARCHIVED = "archived"
    ASKED_LATELY = "asked_lately"
    WINDOW_OVER = "window_over"
    STOPPED = "stopped"


class Halt(StrEnum):
    """Why the hub paused a campaign by itself."""

    SENDER_GONE = "sender_gone"  # the mailbox it is sent from
    UNDELIVERED = "undelivered"  # nothing of it arrived lately


class Text(NamedTuple):
    subject: str
    text: str


class Arm(NamedTuple):
    """`share`: of WHOLE. `holdout`: these are written nothing. `texts`: by language."""

    key: str
    share: int
    holdout: bool
    texts: Mapping[str, Text]


class Wrong(NamedTuple):
    """What is wrong with a campaign, and where."""

    path: str
    text: str


def arm_of(arms: Sequence[Arm], campaign_id: str, customer_id: str) -> Arm:
    """Return the arm of a customer: always the same one, spread as the shares say."""
    seed = f"{campaign_id}:{customer_id}".encode()
    number = int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest()) * WHOLE >> 64
    for arm in arms:
        number -= arm.share
        if number < 0:
            return arm
    return arms[-1]


# ---- the pace ----------------------------------------------------------------------------------

_HOUR_US = 3_600_000_000
_SLACK = timedelta(seconds=5)  # what a late turn may catch up with
_SLACK_US = 5_000_000


class Turn(NamedTuple):
    """How many may go out now, and the number's own count of time: see `next_after`."""

    most: int
    counts_from: datetime


def turn_of(pace: int, next_at: datetime, now: datetime, most: int) -> Turn:
    """Return how many may go out at `now`, at most `most`; `next_at`: when the next one may.

    Nothing is caught up with that a stopped hub let lie, but a few seconds.
    """
    if now < next_at:
        return Turn(0, next_at)
    from_ = max(next_at, now - _SLACK)
    room = (now - from_) // timedelta(microseconds=interval_us(pace)) + 1
    return Turn(min(most, room), from_)


def next_after(pace: int, turn: Turn, used: int) -> datetime:
    """Return when the next one may go out after `used` of a turn."""
    return turn.counts_from + used * timedelta(microseconds=interval_us(pace))


def interval_us(pace: int) -> int:
    """Microseconds between two, so that in no hour, with what is caught up, more than `pace` go."""
    return -(-(_HOUR_US + _SLACK_US) // pace)


# ---- texts -------------------------------------------------------------------------------------

PLACEHOLDERS = frozenset({"name", "sender"})
_PLACE = re.compile(r"\{([^{}\n]{0,40})\}")
_NOBODY = {"zh": "客户"}  # how somebody is called whose name is not known
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_MAX_NAME = 80


def must_confirm(people: int, confirmed: int | None) -> bool:
    """Say whether so many are only meant where somebody says so, and nobody has: `confirmed` is
    the number that they were told.
    """
    return people > CONFIRM_ABOVE and people * 100 > (confirmed or 0) * (100 + GROWS)


def check_arms(arms: Sequence[Arm]) -> list[Wrong]:
    """Return everything that is wrong with the arms; [] where they can be used."""
    wrong = []
    if not 1 <= len(arms) <= MAX_ARMS:
        wrong.append(Wrong("arms", f"A campaign has 1 to {MAX_ARMS} arms."))
    if len({arm.key for arm in arms}) != len(arms):
        wrong.append(Wrong("arms", "Two arms have the same key."))
    if sum(arm.share for arm in arms) != WHOLE or any(arm.share < 1 for arm in arms):
        wrong.append(Wrong("arms", f"The shares are 1 or more and add up to {WHOLE}."))
    if sum(arm.holdout for arm in arms) > 1:
        wrong.append(Wrong("arms", "Only one arm is the hold-out."))
    if all(arm.holdout for arm in arms):
        wrong.append(Wrong("arms", "One arm at least is written to."))
    for place, arm in enumerate(arms):
        wrong += _check_texts(f"arms[{place}].texts", arm)
    return wrong


def _check_texts(path: str, arm: Arm) -> list[Wrong]:
    if arm.holdout:
        return [Wrong(path, "The hold-out is written nothing.")] if arm.texts else []
    wrong = [] if arm.texts else [Wrong(path, "Write the mail in one language at least.")]
    for language, text in arm.texts.items():
        at = f"{path}.{language}"
        if not _LANGUAGE.match(language):
            wrong.append(Wrong(at, "That is no language: write zh-CN or en."))
        if not text.subject.strip() or not text.text.strip():
            wrong.append(Wrong(at, "A mail has a subject and a text."))
        if len(text.subject) > MAX_SUBJECT or len(text.text) > MAX_TEXT:
            wrong.append(Wrong(at, f"At most {MAX_SUBJECT} and {MAX_TEXT} characters."))
        if _CONTROL.search(text.subject):
            wrong.append(Wrong(at, "A subject is one line."))
        unknown = sorted(set(_PLACE.findall(text.subject + "\n" + text.text)) - PLACEHOLDERS)
        known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        wrong += [Wrong(at, f"{{{name}}} is no placeholder: use {known}.") for name in unknown]
    return wrong


class Written(NamedTuple):
    language: str
    subject: str
    text: str


def write(arm: Arm, language: str | None, usual: str, name: str | None, sender: str) -> Written:
    """Return the mail to one person, in their language where the arm has it, else in the `usual`
    one, else in its first. What stands in a name is no placeholder.
    """
    chosen = _choose(arm.texts, language, usual)
    clean = " ".join(_CONTROL.sub(" ", name or "").split())[:_MAX_NAME]
    known = clean or _NOBODY.get(chosen[:2], "customer")
    values = {"name": known, "sender": _CONTROL.sub(" ", sender)}

    def fill(text: str) -> str:
        return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)

    text = arm.texts[chosen]
    return Written(chosen, fill(text.subject), fill(text.text))


def _choose(texts: Mapping[str, Text], language: str | None, usual: str) -> str:
    for wanted in (language, usual):
        if not wanted:
            continue
        same = [key for key in texts if key.lower() == wanted.lower()]
        alike = [key for key in texts if key[:2].lower() == wanted[:2].lower()]
        if same or alike:
            return (same or alike)[0]
    return next(iter(texts))
