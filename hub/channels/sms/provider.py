"""The provider's REST API for texts: send one, find one, list those that came in, fetch a picture.

Nothing is ever repeated here; every answer is a value (`Fault`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from twilio.rest.api.v2010.account.message import MessageInstance

from hub.vendors.twilio import Account, Fault, TwilioTransport, attempt, open_client

from .parse import Media, Received, StateNews, clean, parse_media
from .states import Told

PICTURE_BYTES = 5 << 20  # Twilio's own limit for all of a message
_CLOCKS_DIFFER = timedelta(minutes=2)
_LOOKED_THROUGH = 100


@dataclass(frozen=True, slots=True)
class Text:
    """A text of ours, as the provider is asked to send it."""

    from_number: str
    to: str
    body: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text that came in, as the provider keeps it."""

    text: Received
    at: datetime | None


class Provider:
    """One account over one transport."""

    def __init__(self, account: Account, transport: TwilioTransport) -> None:
        self.account = account
        self._transport = transport
        self._client = open_client(account, transport)

    async def send(self, text: Text) -> StateNews | Fault:
        """Ask the provider to send a text, once."""
        made = await attempt(
            self._client.messages.create_async(
                to=text.to,
                from_=text.from_number,
                body=text.body,
                status_callback=text.callback_url,
            )
        )
        return made if isinstance(made, Fault) else _state(made)

    async def find_sent(self, text: Text, since: datetime) -> Sequence[StateNews] | Fault:
        """Return what was sent with these words to this number since, the newest first."""
        found = await attempt(
            self._client.messages.list_async(
                to=text.to, from_=text.from_number, limit=_LOOKED_THROUGH
            )
        )
        if isinstance(found, Fault):
            return found
        earliest = since - _CLOCKS_DIFFER
        return [
            _state(one)
            for one in found
            if one.body == text.body and one.date_created and one.date_created >= earliest
        ]

    async def fetch_state(self, sid: str) -> StateNews | Fault:
        found = await attempt(self._client.messages(sid).fetch_async())
        return found if isinstance(found, Fault) else _state(found)

    async def list_arrived(self, number: str, since: datetime) -> Sequence[Arrived] | Fault:
        """Return the texts that came to a number of ours since, the newest first."""
        found = await attempt(
            self._client.messages.list_async(
                to=number, date_sent_after=since, limit=_LOOKED_THROUGH
            )
        )
        if isinstance(found, Fault):
            return found
        came = [one for one in found if str(one.direction) == "inbound"]
        return [Arrived(_received(one), one.date_sent) for one in came]

    async def with_media(self, text: Received) -> Received | Fault:
        """Return a text that was listed with the files it has; others are lost."""
        found = await attempt(self._client.messages(text.sid).media.list_async(limit=10))
        if isinstance(found, Fault):
            return found
        named = [
            parse_media((one.uri or "").removesuffix(".json"), one.content_type or "",
                        self.account.sid)
            for one in found
        ]  # fmt: skip
        media = tuple(one for one in named if one is not None)
        lost = max(text.lost_media, len(found)) - len(media)
        return replace(text, media=media, lost_media=lost)

    async def download(self, media: Media) -> bytes | Fault:
        """Return the bytes of a picture, signed in; the path was checked by `parse_media`."""
        fetched = self._transport.download(media.path, self.account.login, PICTURE_BYTES)
        return await attempt(fetched)

    async def close(self) -> None:
        await self._transport.close()


def _state(message: MessageInstance) -> StateNews:
    return StateNews(str(message.sid), Told(str(message.status or ""), message.error_code or 0))


def _received(message: MessageInstance) -> Received:
    media = int(message.num_media or 0)
    return Received(
        sid=str(message.sid),
        sender=message.from_ or "",
        called=message.to or "",
        text=clean(message.body or ""),
        lost_media=media,
    )
