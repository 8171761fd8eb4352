"""What a template is: when it goes out, what it may say, what stands in its places. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAX_SUBJECT = 200
LETTER = 10_000
SENTENCE = 500

LINK = "link"  # the name of the place of a web address

# A name in braces; a brace that is no part of one is a slip, and refused (hub/setup/templates.py).
PLACE = re.compile(r"\{([^{}]*)\}")


class Group(StrEnum):
    """By what customers get it."""

    MAIL = "mail"
    TEXT = "text"
    CHAT = "chat"  # shown in the widget
    CHAT_MAIL = "chat_mail"  # mails of a chat
    COMMITMENT = "commitment"
    OUTREACH = "outreach"
    PAGE = "page"  # on a public page
    PHONE = "phone"  # said to a caller


class Below(StrEnum):
    """What the hub puts below the body."""

    NOTHING = ""
    SAID = "said"  # what was said in the chat
    LINK = "link"  # a link that is made when it goes out


class Wording(NamedTuple):
    """`subject` "": there is none. `body` "": what is said stands there by itself."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Template:
    """One text. `usual`: in zh-CN and en. `needs`: what the body cannot do without.

    `places`: what is filled in, with an example in either language; `longest`: characters of the
    body, 0 for one that has a subject only.
    """

    key: str
    group: Group
    usual: Mapping[str, Wording]
    places: Mapping[str, Mapping[str, str]]
    needs: tuple[str, ...] = ()
    longest: int = LETTER
    below: Below = Below.NOTHING

    @property
    def has_subject(self) -> bool:
        return bool(self.usual["en"].subject)
