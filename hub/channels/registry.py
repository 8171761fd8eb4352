"""Which channel serves which kind of contact, and what each can do."""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts.effects import Drawn, Send
from hub.contacts.inbound import Reread
from hub.contacts.model import Channel as ChannelKind
from hub.core.errors import Conflict, Invalid, NotFound
from hub.settings import Mailbox, Twilio

from .base import (
    AnswersLate,
    Capabilities,
    Channel,
    DrawsPages,
    EntryPoint,
    HasWebhooks,
    Rereads,
    TakesMailboxes,
    TakesPhoneAccount,
)


class Registry:
    """The channels of this hub by kind. Built once by the app.

    `points`: the entry points that they were built with.
    """

    def __init__(self, channels: Sequence[Channel], points: Sequence[EntryPoint] = ()) -> None:
        self._by_kind = {channel.kind: channel for channel in channels}
        self._points = {point.id: point for point in points}

    def get(self, kind: str) -> Channel:
        """Return the channel of this kind. Raises NotFound where the hub runs without it."""
        channel = self._by_kind.get(ChannelKind(kind))
        if channel is None:
            raise NotFound(f"This hub has no {kind} channel.", code="channel.missing")
        return channel

    def capabilities(self, kind: str) -> Capabilities:
        """Return what contacts of this kind can do. Raises NotFound."""
        return self.get(kind).capabilities

    async def reread(self, kind: str, entry_point_id: str, blob_id: str) -> Reread:
        """Have a channel read stored raw bytes once more. Raises NotFound."""
        channel = self.get(kind)
        if not isinstance(channel, Rereads):
            return Reread(None, f"nothing of {kind} can be read again")
        return await channel.reread(entry_point_id, blob_id)

    async def draw(self, kind: str, entry_point_id: str, send: Send) -> Drawn:
        """Have a channel make the pages of an answer, to be looked at. Raises NotFound, Conflict
        where its answers have none, Unavailable.
        """
        channel = self.get(kind)
        if not isinstance(channel, DrawsPages):
            raise Conflict("Answers on this channel have no pages.", code="pages.none")
        return await channel.draw(entry_point_id, send)

    def serves(self, point: EntryPoint) -> bool:
        """Say whether this process serves the entry point as it is given here."""
        return self._points.get(point.id) == point

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Have the channels follow the entry points that are in force now.

        Raises Invalid where one refuses; the others have followed then.
        """
        refused: Invalid | None = None
        for channel in self._by_kind.values():
            mine = [point for point in points if point.channel is channel.kind]
            try:
                channel.take_up(mine)
            except Invalid as error:  # an address that has not left another channel yet, too
                refused = error
                continue
            others = {k: p for k, p in self._points.items() if p.channel is not channel.kind}
            self._points = {**others, **{point.id: point for point in mine}}
        if refused is not None:
            raise refused

    def take_up_mailboxes(self, mailboxes: Sequence[Mailbox]) -> None:
        """Have the channels that are fed by mail follow the mailboxes that are in force now."""
        for channel in self._by_kind.values():
            if isinstance(channel, TakesMailboxes):
                channel.take_up_mailboxes(mailboxes)

    def take_up_account(self, account: Twilio) -> None:
        """Have the channels that the phone account carries follow the one in force now."""
        for channel in self._by_kind.values():
            if isinstance(channel, TakesPhoneAccount):
                channel.take_up_account(account)

    async def release(self, _port: object) -> None:
        """The HTTP port closes: let no request that waits for news hold up the end."""
        for channel in self._by_kind.values():
            if isinstance(channel, AnswersLate):
                await channel.release()

    def carried_by_account(self) -> frozenset[str]:
        """Return the channels that the phone account carries."""
        return frozenset(
            kind for kind, one in self._by_kind.items() if isinstance(one, TakesPhoneAccount)
        )

    def called_by_account(self) -> frozenset[str]:
        """Return the channels whose entry points are called at numbers of the phone account."""
        return frozenset(kind for kind in self.carried_by_account() if self.capabilities(kind).call)

    def fed_by_mail(self) -> frozenset[str]:
        """Return the channels whose entry points have mailboxes."""
        return frozenset(
            kind for kind, one in self._by_kind.items() if isinstance(one, TakesMailboxes)
        )

    def webhooks(self, kind: str) -> list[str]:
        """Return what a provider posts to an entry point of this kind, for who sets it up there."""
        channel = self._by_kind.get(ChannelKind(kind))
        return list(channel.webhooks) if isinstance(channel, HasWebhooks) else []

    def all(self) -> list[Channel]:
        return list(self._by_kind.values())
