"""From a template to what the customer reads: the set-up's own words, else the usual ones. Pure.

Text stays text: what is put into a place is never looked at for places again, and a subject is one
line whatever is put into it, so that no header can be written by a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from hub.customers.settings import TemplateWords

from .model import LINK, PLACE, Template, Wording
from .near import base_of, nearest

_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})
Changed = Mapping[str, Mapping[str, TemplateWords]]
"""What the set-up says instead of the usual: template -> language (BCP 47) -> words. "survey@mail"
is the template "survey" at the entry point "mail" alone.
"""
_AT = "@"


def at_point(changed: Changed, entry_point_id: str) -> Changed:
    """Return what is said at an entry point: its own words before those that hold everywhere.

    Language by language, subject and body each by themselves: a customer's language comes before
    the place.
    """
    ending = f"{_AT}{entry_point_id}"
    here = {key.removesuffix(ending): own for key, own in changed.items() if key.endswith(ending)}
    if not here:
        return changed
    return {**changed, **{key: _before(own, changed.get(key, {})) for key, own in here.items()}}


def _before(
    own: Mapping[str, TemplateWords], general: Mapping[str, TemplateWords]
) -> dict[str, TemplateWords]:
    said = dict(general)
    for tag, words in own.items():
        behind = general.get(tag, TemplateWords())
        said[tag] = TemplateWords(
            subject=words.subject or behind.subject, body=words.body or behind.body
        )
    return said


def say(changed: Changed, template: Template, language: str, /, **values: object) -> Wording:
    """Return what a customer of a language is told, with `values` in its places.

    The words of that very language count, then those of a near one (near.py), then those of
    Chinese or English, whichever is usual for it; subject and body each by themselves.
    """
    words = wording(changed, template, language)
    return Wording(one_line(fill(words.subject, values)), fill(words.body, values))


def wording(changed: Changed, template: Template, language: str) -> Wording:
    """Return the words of a template for a language, its places still open."""
    words = changed.get(template.key, {})
    own = [words[tag] for tag in nearest(words, language)]
    usual = template.usual[base_of(language)]
    return Wording(
        next((one.subject for one in own if one.subject), usual.subject),
        next((one.body for one in own if one.body), usual.body),
    )


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put values in their places; a name that is none stays as it is written.

    A link stands between blanks: mail programs take the Chinese letters, the bracket or the full
    stop beside one for a part of it.
    """

    def put(found: re.Match[str]) -> str:
        value = str(values.get(found[1], found[0]))
        if found[1] != LINK or LINK not in values:
            return value
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        return f"{_gap(before)}{value}{_gap(after)}"

    return PLACE.sub(put, text)


def _gap(neighbour: str) -> str:
    return " " if neighbour.strip() else ""


def one_line(text: str) -> str:
    """Return a text that can stand in a header: whatever breaks a line is a space."""
    return "".join(c if is_shown(c) else " " for c in text).strip()


def is_shown(character: str) -> bool:
    """Say whether a character stands on its line: no control character, no end of a line, no half
    character.
    """
    return unicodedata.category(character) not in _UNSHOWN
