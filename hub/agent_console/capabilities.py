"""What can be done by a channel, and where an answer goes: shapes that several others hold."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .shape import Shape


class CapabilitiesView(Shape, frozen=True):
    reply: bool
    html: bool
    subject: bool
    recipients: bool
    files: bool
    live: bool
    call: bool
    instant: bool
    survey: bool
    pages: bool = False
    text_limit: int = 0
    parts: bool = False
    one_thread: bool = False
    signs: bool = False


class BadAddress(Shape, frozen=True):
    """An address of the customer at which nothing arrives. `why`: in a mail system's words."""

    address: str
    since: datetime
    why: str


class Recipients(Shape, frozen=True):
    """Where an answer goes if nothing is changed. `others`: who else got the mail that is answered;
    `known`: addresses that one may mean, to be proposed while one types.
    """

    to: list[str]
    cc: list[str]
    others: list[str] = msgspec.field(default_factory=list)
    known: list[str] = msgspec.field(default_factory=list)
    undeliverable: list[BadAddress] = msgspec.field(default_factory=list)
