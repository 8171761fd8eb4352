"""Words by which somebody stops and resumes texts. Pure; never raises on what people write.

The provider knows its own English words (Twilio, "Opt-out keywords") and keeps them; what it does
not know is for us to heed, and to confirm.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from hub.contacts.inbound import Wish

from .settings import SmsSettings

_LONGEST = 40  # characters; a keyword stands alone
_ROUND = " \t\r\n.。!！?？~～,，;；:：\"'“”‘’「」【】[]()（）*_#-"


class Heard(NamedTuple):
    """What a text asks for. `confirmed`: the provider answers it, or has kept it itself."""

    wish: Wish | None = None
    confirmed: bool = False
    help: bool = False  # answered by the provider: nobody has to


NOTHING = Heard()
_ANSWERS = frozenset({"yes"})
_BY_PROVIDER = {"STOP": Wish.STOP, "START": Wish.START}


def hear(
    text: str,
    opt_out_type: str,
    settings: SmsSettings,
    *,
    stopped: bool,
    to_everything: bool = True,
) -> Heard:
    """Return what a text asks for. `opt_out_type`: the provider's reading of it, where it has one
    ("Advanced Opt-Out"). `stopped`: the number has said stop: only then something means go on, and
    "yes" only where it was `to_everything`, else it answers what we have asked.
    """
    said = opt_out_type.upper()
    if said in _BY_PROVIDER:
        return Heard(_BY_PROVIDER[said], confirmed=True)
    if said == "HELP":
        return Heard(help=True)
    word = _plain(text)
    if not word:
        return NOTHING
    if word in _all(settings.stop_words):
        return Heard(Wish.STOP, confirmed=True)
    if word in _all(settings.no_selling_words):
        return Heard(Wish.STOP_SELLING)
    answers = not to_everything and word in _ANSWERS
    if stopped and not answers and word in _all(settings.start_words):
        return Heard(Wish.START, confirmed=True)
    return NOTHING


def _all(words: Sequence[str]) -> frozenset[str]:
    return frozenset(map(_plain, words))


def _plain(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold().strip(_ROUND)
    return " ".join(folded.split())
