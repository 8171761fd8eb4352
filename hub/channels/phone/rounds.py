"""What is noted of one round of the waiting room, together with the answer it is noted for."""

from __future__ import annotations

from typing import NamedTuple

from hub.storage import Tx
from hub.storage.bulk import update_values

from .model import Consent
from .recording.heard import Heard, note_heard
from .service import Answered, find_answer, remember
from .tables import calls


class News(NamedTuple):
    """What is new of a caller in a round, as they have heard it: the best place they were told,
    that 1 asks for a callback, what they know of the recording. None, False: nothing.
    """

    told_position: int | None = None
    callback_offered: bool = False
    consent: Consent | None = None


NOTHING_NEW = News()


class Round(NamedTuple):
    """`answered` None: it is told again by no key."""

    call_id: str
    news: News
    answered: Answered | None


def note_round(tx: Tx, heard: Round) -> str | None:
    """Note a round and its answer, both or neither. Return the answer that the same key was given
    before, for which nothing is noted again; None: this one stands.
    """
    if heard.answered is not None and not remember(tx, heard.answered):
        return find_answer(tx, heard.answered)
    told, offered, consent = heard.news
    if told is not None:
        update_values(tx, calls, ("id", "told_position"), [(heard.call_id, told)])
    if offered:
        update_values(tx, calls, ("id", "callback_offered"), [(heard.call_id, True)])
    if consent is not None:
        note_heard(tx, Heard(heard.call_id, consent))
    return None
