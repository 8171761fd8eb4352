"""How long what was said is kept: what went, what would go now, what stays and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from hub.care.keeping_figures import KeepingFigures, read_figures
from hub.channels.mailbox.originals import count_originals
from hub.contacts.keeping.model import Kept, Why
from hub.contacts.keeping.tables import emptied_contacts
from hub.core.findings import Finding, warning, well
from hub.settings import Settings
from hub.storage import Tx

from .database import read_there

_PART = "keeping"
_WORDS = {
    Kept.ANONYMOUS_CHATS: "anonymous chats",
    Kept.CHATS: "chats",
    Kept.MAILS: "mails",
    Kept.FAXES: "faxes",
    Kept.TEXTS: "text messages",
    Kept.CALLS: "calls",
}
_REASONS = {
    Why.GOES_ON: "their conversation goes on",
    Why.PROMISED: "a promise or a complaint is open",
    Why.BEGUN: "an answer was begun",
    Why.HELD: "legal hold",
    Why.RECORDED: "their recording is kept",
}


class Found(NamedTuple):
    """`originals`: how many, and their bytes."""

    figures: KeepingFigures
    originals: tuple[int, int]


def check_keeping(settings: Settings) -> Iterator[Finding]:
    """Tell it; nothing without a database."""
    try:
        found = read_there(settings, _look, emptied_contacts)
    except SQLAlchemyError:
        return  # `check_database` says so
    if found is None:
        return
    figures = found.figures
    due = ", ".join(_due(found)) or "nothing"
    if not figures.deletes:
        what = f"nothing of what was said is ever deleted; by the days of the set-up {due} would go"
        mend = "once the days are right, switch it on: Set-up, Privacy, or the file's deletes"
        yield warning(_PART, what, mend)
        return
    yield well(_PART, f"the words of {figures.emptied} contacts are gone; due now: {due}")
    if figures.waits:
        stays = [f"{n} ({_REASONS.get(Why(why), why)})" for why, n in sorted(figures.waits.items())]
        yield well(_PART, f"kept long enough, and staying for now: {', '.join(stays)}")


def _due(found: Found) -> Iterator[str]:
    for kept, n in found.figures.contacts.items():
        if n:
            yield f"{n} {_WORDS[kept]}"
    originals, size_bytes = found.originals
    if originals:
        yield f"{originals} originals ({size_bytes >> 20} MiB)"
    if found.figures.access_lines:
        yield f"{found.figures.access_lines} lines of who came in and who looked"


def _look(tx: Tx, _: Settings) -> Found:
    figures = read_figures(tx)
    before = figures.originals_before
    return Found(figures, count_originals(tx, before) if before else (0, 0))
