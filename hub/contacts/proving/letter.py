"""The mail with a code. Pure."""

from __future__ import annotations

from hub.contacts.by_mail.letter import Letter
from hub.contacts.templates.filling import Changed, fill, say, wording
from hub.contacts.templates.usual import CHAT_CODE
from hub.vendors.mail.sanitise import html_of_text

from .model import GOOD_FOR

_PLACE = "{code}"
_LARGE = '<p style="font-size:1.6em;letter-spacing:.15em"><b>{code}</b></p>'


def code_letter(changed: Changed, language: str, name: str, code: str) -> Letter:
    """Return the mail; a code that stands in a line of its own is shown large.

    `name`: how the entry point is called; `language` (BCP 47).
    """
    values = {"code": code, "name": name, "minutes": int(GOOD_FOR.total_seconds() // 60)}
    said = say(changed, CHAT_CODE, language, **values)
    paragraphs = wording(changed, CHAT_CODE, language).body.split("\n\n")
    html = "".join(
        _LARGE.format(code=code)
        if one.strip() == _PLACE
        else f"<p>{html_of_text(fill(one, values))}</p>"
        for one in paragraphs
    )
    return Letter(said.subject, said.body, html)
