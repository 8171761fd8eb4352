"""What stands in the mails of a chat: what was not read, or all that was said. Pure.

They carry what both sides have said in public, as text; the customer's own words go only to the
address that was given in the same chat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.contacts.templates.filling import Changed, say
from hub.contacts.templates.usual import CHAT_GOES_ON, CHAT_TRANSCRIPT, CHAT_UNREAD
from hub.vendors.mail.sanitise import html_of_text

MAX_CHARACTERS = 200_000


class Said(NamedTuple):
    """One public message. `by_customer`: else ours; `files`: their names."""

    by_customer: bool
    author: str
    text: str
    at: datetime
    files: Sequence[str] = ()


class Letter(NamedTuple):
    subject: str
    text: str
    html: str


class _Words(NamedTuple):
    you: str
    files: str
    earlier: str
    colon: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        you="You",
        files="Files: {names}",
        earlier="(What was said before is left out: it is too long for a mail.)",
        colon=": ",
    ),
    "zh": _Words(
        you="您",
        files="文件：{names}",
        earlier="（更早的内容过长，未包含在本邮件中。）",
        colon="：",
    ),
}


def unread_letter(changed: Changed, language: str, name: str, said: Sequence[Said]) -> Letter:
    """Return the mail with what we said and nobody read. `name`: how the entry point is called."""
    words = _words(language)
    text = "\n\n".join(_with_files(words, one) for one in said)
    paragraphs = "".join(f"<p>{html_of_text(_with_files(words, one))}</p>" for one in said)
    return Letter(say(changed, CHAT_UNREAD, language, name=name).subject, text, paragraphs)


def transcript_letter(
    changed: Changed,
    language: str,
    name: str,
    said: Sequence[Said],
    zone: str,
    *,
    ended: bool,
    cut: bool,
) -> Letter:
    """Return the mail with all that was said. `ended`: because the customer fell silent; `cut`:
    there was more before.
    """
    words = _words(language)
    template = CHAT_GOES_ON if ended else CHAT_TRANSCRIPT
    subject, intro = say(changed, template, language, name=name)
    kept, shortened = _newest(said)
    clock = ZoneInfo(zone)
    heads = [
        f"{one.at.astimezone(clock):%Y-%m-%d %H:%M} {words.you if one.by_customer else one.author}"
        for one in kept
    ]
    bodies = [_with_files(words, one) for one in kept]
    before = [words.earlier] if cut or shortened else []
    blocks = [f"{head}{words.colon}\n{body}" for head, body in zip(heads, bodies, strict=True)]
    lines = "".join(
        f"<p><b>{escape(head)}</b><br>{html_of_text(body)}</p>"
        for head, body in zip(heads, bodies, strict=True)
    )
    earlier = "".join(f"<p><i>{escape(line)}</i></p>" for line in before)
    return Letter(
        subject,
        "\n\n".join([intro, *before, *blocks]),
        f"<p>{html_of_text(intro)}</p><hr>{earlier}{lines}",
    )


def _newest(said: Sequence[Said]) -> tuple[Sequence[Said], bool]:
    """Return the newest that fit into a mail, and whether something was left out."""
    length = 0
    for number, one in enumerate(reversed(said)):
        length += len(one.text)
        if length > MAX_CHARACTERS:
            return said[len(said) - number :], True
    return said, False


def _with_files(words: _Words, one: Said) -> str:
    names = words.files.format(names=", ".join(one.files)) if one.files else ""
    return "\n".join(filter(None, (one.text, names)))


def _words(language: str) -> _Words:
    return _WORDS["zh" if language.lower().startswith("zh") else "en"]
