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
    unread: str
    transcript: str
    intro: str
    ended: str
    you: str
    files: str
    earlier: str
    colon: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        unread="An answer to your chat with {name}",
        transcript="Your chat with {name}",
        intro="Hello,\n\nhere is what was said in our chat.",
        ended="Hello,\n\nwe did not hear from you any more, so we go on by mail: just answer this"
        " one. Here is what was said in our chat.",
        you="You",
        files="Files: {names}",
        earlier="(What was said before is left out: it is too long for a mail.)",
        colon=": ",
    ),
    "zh": _Words(
        unread="{name}对您的在线咨询的回复",
        transcript="您与{name}的对话记录",
        intro="您好，\n\n以下是本次对话的内容。",
        ended="您好，\n\n我们没有再收到您的消息，后续将通过邮件联系：直接回复本邮件即可。"
        "以下是本次对话的内容。",
        you="您",
        files="文件：{names}",
        earlier="（更早的内容过长，未包含在本邮件中。）",
        colon="：",
    ),
}


def unread_letter(language: str, name: str, said: Sequence[Said]) -> Letter:
    """Return the mail with what we said and nobody read. `name`: how the entry point is called."""
    words = _words(language)
    text = "\n\n".join(_with_files(words, one) for one in said)
    paragraphs = "".join(f"<p>{html_of_text(_with_files(words, one))}</p>" for one in said)
    return Letter(words.unread.format(name=name), text, paragraphs)


def transcript_letter(
    language: str, name: str, said: Sequence[Said], zone: str, *, ended: bool, cut: bool
) -> Letter:
    """Return the mail with all that was said. `ended`: because the customer fell silent; `cut`:
    there was more before.
    """
    words = _words(language)
    intro = words.ended if ended else words.intro
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
        words.transcript.format(name=name),
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
