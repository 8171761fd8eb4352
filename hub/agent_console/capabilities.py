"""What can be done by a channel, and where an answer goes: shapes that several others hold."""

from __future__ import annotations

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


class Recipients(Shape, frozen=True):
    to: list[str]
    cc: list[str]
