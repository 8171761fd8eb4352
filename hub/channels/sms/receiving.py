"""A text that came in → what the hub stores: its words, its pictures, and what it asks to stop."""

from __future__ import annotations

import asyncio
from datetime import datetime

from hub.channels.base import Door
from hub.contacts.inbound import (
    IdentityKind,
    Inbound,
    InboundFile,
    Scalar,
    SenderIdentity,
    Wish,
)
from hub.contacts.model import Channel
from hub.vendors.mail.files import clean_file_name, sniff_media_type
from hub.vendors.twilio import Fault

from . import service
from .line import TextLine
from .parse import Media, Received
from .parts import count_parts
from .provider import Provider
from .service import Number, Stop
from .words import Heard, hear

_TRIES = 2
_FETCH_S = 4.0  # for one try: the provider is to be answered in time


class Receiver:
    """Hands texts to the hub. `provider`: where their pictures are."""

    def __init__(self, door: Door, provider: Provider) -> None:
        self._door = door
        self._provider = provider

    async def receive(
        self, line: TextLine, text: Received, sent_at: datetime | None = None
    ) -> None:
        """Store a text once, however often it comes. Raises Unavailable where it cannot be."""
        number = Number(line.id, text.sender)
        stop = await self._door.store.read(service.find_stop, number)
        heard = hear(
            text.text,
            text.opt_out_type,
            line.settings,
            stopped=stop is not None,
            to_everything=stop is not None and stop.everything,
        )
        files, lost = await self._fetch(text)
        says_back = _confirmation(line, text, heard) if stop is None else ""
        await self._door.receive(
            Inbound(
                entry_point_id=line.id,
                channel=Channel.SMS,
                dedupe_key=f"sms:{text.sid}",
                senders=(SenderIdentity(IdentityKind.PHONE, text.sender),),
                received_at=self._door.clock.now(),
                text=text.text,
                sent_at=sent_at,
                files=files,
                external_id=text.sid,
                continues_latest=True,
                queues=heard.wish is None and not heard.help,
                acknowledge=text.answerable,
                no_acknowledge_reason=None if text.answerable else "no_reply",
                wish=heard.wish,
                says_back=says_back,
                brief=True,
                meta=_meta(line, text, lost),
            )
        )
        await self._keep(number, heard)

    async def _keep(self, number: Number, heard: Heard) -> None:
        """After the hub has it: a text that comes again says the same again."""
        if heard.wish is Wish.START:
            await self._door.store.write(service.lift_stop, number)
        elif heard.wish is not None:
            stop = Stop(number, heard.wish is Wish.STOP)
            await self._door.store.write(service.keep_stop, stop)

    async def _fetch(self, text: Received) -> tuple[tuple[InboundFile, ...], int]:
        """Return the pictures of a text, durable, and how many could not be had."""
        fetched = await asyncio.gather(
            *(self._file(media, number) for number, media in enumerate(text.media, start=1))
        )
        files = tuple(one for one in fetched if one is not None)
        return files, text.lost_media + len(fetched) - len(files)

    async def _file(self, media: Media, number: int) -> InboundFile | None:
        for _ in range(_TRIES):
            try:
                async with asyncio.timeout(_FETCH_S):
                    data = await self._provider.download(media)
            except TimeoutError:
                continue
            if isinstance(data, Fault):
                continue
            media_type = sniff_media_type(data, "", media.declared)
            blob = await self._door.blobs.put(data)
            name = clean_file_name(None, media_type, number)
            return InboundFile(blob.id, name, media_type[:120], blob.size_bytes)
        return None


def _confirmation(line: TextLine, text: Received, heard: Heard) -> str:
    """Return what is said back to who said stop with a word that the provider does not know."""
    if heard.wish is None or heard.confirmed or not line.settings.confirms or not text.answerable:
        return ""
    said = line.settings.confirmation
    language = line.point.language
    stem = language.partition("-")[0]
    near = (text for key, text in said.items() if key.partition("-")[0] == stem)
    return said.get(language) or next(near, "") or said.get("en", "")


def _meta(line: TextLine, text: Received, lost: int) -> dict[str, Scalar]:
    meta: dict[str, Scalar] = {
        "parts": count_parts(text.text).parts or None,
        "called": text.called if text.called != line.point.address else None,
        "lost_files": lost or None,
        "no_reply": None if text.answerable else True,
    }
    return {key: value for key, value in meta.items() if value is not None}
