"""What a caller hears, and what comes then: between the front and the provider's documents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .rounds import NOTHING_NEW, News
from .session import Say


class Then(StrEnum):
    """What comes after the words."""

    WAIT = "wait"  # the waiting room
    CONSENT = "consent"  # may we record it?
    MESSAGE = "message"  # record a message
    ASK_NUMBER = "ask_number"  # to be called back at
    HANG_UP = "hang_up"
    LEAVE = "leave"  # the waiting room, for a number outside
    REFUSE = "refuse"  # do not answer at all
    ASK = "ask"  # a key, or a word, of a menu
    STOPPED = "stopped"  # no more offers: noted, and the waiting goes on
    PUT_THROUGH = "put_through"  # to a number outside


@dataclass(frozen=True, slots=True)
class Question:
    """Where the answer to a question goes: which one, its `place` in a menu, how often it was asked
    in vain. `hints`: words that are listened for in `language`; none: keys alone count.
    """

    which: str
    language: str
    place: str = ""
    tries: int = 0
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller hears, then what happens. `switch`: the offer of the other language.

    `after`: what they hear if no key is pressed while `prompts` are spoken. `question` goes with
    ASK and PUT_THROUGH, `number` with the latter. `news`: what is to be noted
    with it; where there is none, whoever asks again may hear how things stand then.
    """

    prompts: tuple[Say, ...]
    then: Then
    switch: Say | None = None
    after: tuple[Say, ...] = ()
    question: Question | None = None
    number: str = ""
    news: News = NOTHING_NEW
