"""One phone entry point as the shells use it: its settings and its provider."""

from __future__ import annotations

from dataclasses import dataclass

from hub.channels.base import EntryPoint

from .port import PhonePort
from .settings import PhoneSettings


@dataclass(frozen=True, slots=True)
class Line:
    entry_point: EntryPoint
    settings: PhoneSettings
    port: PhonePort

    @property
    def id(self) -> str:
        return self.entry_point.id

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages offered, the entry point's own first."""
        own = self.entry_point.language
        return (own, *(language for language in self.settings.languages if language != own))
