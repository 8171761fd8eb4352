"""Which channel serves which kind of contact, and what each can do."""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts.model import Channel as ChannelKind
from hub.core.errors import NotFound

from .base import Capabilities, Channel


class Registry:
    """The channels of this hub by kind. Built once by the app."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._by_kind = {channel.kind: channel for channel in channels}

    def get(self, kind: str) -> Channel:
        """Return the channel of this kind. Raises NotFound where the hub runs without it."""
        channel = self._by_kind.get(ChannelKind(kind))
        if channel is None:
            raise NotFound(f"This hub has no {kind} channel.", code="channel.missing")
        return channel

    def capabilities(self, kind: str) -> Capabilities:
        """Return what contacts of this kind can do. Raises NotFound."""
        return self.get(kind).capabilities

    def all(self) -> list[Channel]:
        return list(self._by_kind.values())
