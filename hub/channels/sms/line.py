"""One number of ours that texts, and the account it is texted by."""

from __future__ import annotations

from dataclasses import dataclass

from hub.channels.base import EntryPoint

from .settings import SmsSettings


@dataclass(frozen=True, slots=True)
class TextLine:
    """`point.address` is the number, in E.164."""

    point: EntryPoint
    settings: SmsSettings

    @property
    def id(self) -> str:
        return self.point.id
