"""What there is to know before a webhook is answered, in one read for all that ask at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.contacts.templates.filling import Changed
from hub.contacts.templates.service import changed_templates
from hub.storage import Tx

from .model import Call
from .rows import read_calls
from .service import find_answers


class Asked(NamedTuple):
    """`key`: of the webhook; `sid`: the provider's name of the call; None where there is none."""

    entry_point_id: str
    key: str | None
    sid: str | None


class Before(NamedTuple):
    """`answer`: what the same webhook was answered; `words`: what the set-up says instead of the
    usual; `call`: the one that is named.
    """

    answer: str | None
    words: Changed
    call: Call | None


def find_before(tx: Tx, asked: Asked) -> Before:
    [before] = find_all_before(tx, [asked])
    return before


def find_all_before(tx: Tx, asked: Sequence[Asked]) -> list[Before]:
    """The same for several webhooks, in the same few statements."""
    words = changed_templates(tx)
    answers = find_answers(tx, [(one.entry_point_id, one.key) for one in asked if one.key])
    calls = read_calls(tx, [(one.entry_point_id, one.sid) for one in asked if one.sid])
    return [
        Before(
            answers.get((one.entry_point_id, one.key)),
            words,
            calls.get((one.entry_point_id, one.sid)),
        )
        for one in asked
    ]


def find_callers(tx: Tx, asked: Sequence[Asked]) -> list[tuple[Before, str | None]]:
    """What there is to know before a caller hears something, and the contact they wait as."""
    return [
        (before, None if before.call is None else before.call.contact_id)
        for before in find_all_before(tx, asked)
    ]
