"""One phone entry point as the shells use it: its settings and its provider."""

from __future__ import annotations

from dataclasses import dataclass

from hub.channels.base import EntryPoint
from hub.vendors.twilio import client_name

from .port import PhonePort
from .settings import PhoneSettings

_RINGABLE = ("+", "sip:")


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


def agent_address(address: str, agent_id: str | None) -> str:
    """Return what the provider rings: a number or SIP address as it is, else the softphone of this
    agent. An extension of the firm's own phone system means nothing to the provider.
    """
    if agent_id is None or address.startswith(_RINGABLE):
        return address
    return f"client:{client_name(agent_id)}"
