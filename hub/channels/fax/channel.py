"""Fax as a channel: a gateway's mails in, pages as previews, answers by mail to fax."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.channels.mailbox.keys import TokenKeeper
from hub.channels.mailbox.service import RawMail
from hub.channels.mailbox.way_out import WayOut, find_way_out
from hub.channels.mailbox.ways_in import WaysIn
from hub.contacts.effects import Effect, Outcome, Permanent, Send
from hub.contacts.inbound import (
    DeliveryReport,
    IdentityKind,
    Inbound,
    InboundFile,
    Reread,
    Scalar,
    SenderIdentity,
)
from hub.contacts.model import Channel as ChannelKind
from hub.contacts.model import DeliveryState, InteractionKind
from hub.core.errors import NotFound
from hub.settings import Mail
from hub.vendors.mail.dedupe import dedupe_key, external_id
from hub.vendors.mail.files import clean_file_name
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.language import guess_language
from hub.vendors.mail.model import Limits, ParsedMail, Refusal
from hub.vendors.mail.parse import OFF_LOOP_BYTES, parse_mail

from . import service
from .pages import PageMaker, Pages
from .reading import (
    FaxResult,
    ReceivedFax,
    number_in_text,
    read_fax_mail,
    same_number,
    station_number,
)
from .sending import send_fax
from .service import Job, OpenJobs
from .settings import FaxSettings, check_settings

PAGE_ID = "page:"  # the content id of a preview; the console shows them with the document
_MAX_TEXT = 50_000


@dataclass(frozen=True, slots=True)
class Number:
    """One fax number with its checked settings and, where mail can leave, the way out."""

    point: EntryPoint
    settings: FaxSettings
    way_out: WayOut | None


class FaxChannel:
    """Implements `hub.channels.base.Channel`. `intake`: the SMTP listener, None if there is
    none."""

    kind = ChannelKind.FAX
    capabilities = Capabilities(
        reply=True,
        html=False,
        subject=False,
        recipients=False,
        files=True,
        live=False,
        call=False,
        instant=False,
        survey=False,
    )

    def __init__(
        self,
        door: Door,
        points: Sequence[EntryPoint],
        mail: Mail,
        intake: MailIntake | None,
        *,
        max_bytes: int,
    ) -> None:
        self._door = door
        self._limits = Limits(size_bytes=max_bytes)
        self._keys = TokenKeeper(door.store)
        self._pages = PageMaker()
        self._pages_without_text = PageMaker(ocr=False)
        mailboxes = {mailbox.entry_point: mailbox for mailbox in mail.mailboxes}
        self._numbers = {
            point.id: Number(
                point,
                check_settings(point.id, point.settings),
                find_way_out(mailboxes.get(point.id)),
            )
            for point in points
        }
        names = {
            key: [own for own in {number.settings.mail_address, number.point.address} if "@" in own]
            for key, number in self._numbers.items()
        }
        self._ways_in = WaysIn(
            door, self.kind, names, mail, intake, self._file, max_bytes=max_bytes
        )

    async def run(self) -> None:
        """Read every mailbox and take up what was left, until cancelled."""
        await self._ways_in.run()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Fax comes by mail: there are no webhooks."""
        return ()

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Send a fax. Raises NotFound for an entry point that is no more."""
        if not isinstance(effect, Send):
            return Permanent("A fax can only be sent.")
        number = self._numbers.get(entry_point_id)
        if number is None:
            raise NotFound(f"There is no fax entry point {entry_point_id!r} any more.")
        if "{number}" not in number.settings.reply_to:
            return Permanent(
                f"{entry_point_id!r} only receives: set its `reply_to`, e.g. {{number}}@gateway."
            )
        if number.way_out is None:
            return Permanent(
                f"No SMTP server is set for {entry_point_id!r}: add mail.mailboxes with its smtp."
            )
        return await send_fax(
            self._door,
            number.point,
            number.settings,
            number.way_out,
            await self._keys.get(),
            self._pages,
            effect,
        )

    # ---- in -------------------------------------------------------------------------------------

    async def reread(self, entry_point_id: str, blob_id: str) -> Reread:
        """Read a gateway mail in quarantine once more, with today's profiles and settings."""
        return await self._ways_in.collector.reread(entry_point_id, blob_id, self._understand)

    async def _file(self, mail: RawMail, raw: bytes) -> None:
        """Read one durable gateway mail and hand it to the hub. Called again if it raises."""
        read = await self._understand(mail, raw)
        if read.reason is not None:
            await self._ways_in.collector.quarantine(mail, read.reason, raw)
        elif read.inbound is not None:
            await self._door.receive(read.inbound)

    async def _understand(self, mail: RawMail, raw: bytes) -> Reread:
        """Read a gateway mail: a fax that came, news of one of ours, or why it is neither."""
        number = self._numbers[mail.entry_point_id]
        if len(raw) > OFF_LOOP_BYTES:
            parsed = await asyncio.to_thread(parse_mail, raw, self._limits)
        else:
            parsed = parse_mail(raw, self._limits)
        if isinstance(parsed, Refusal):
            return Reread(None, f"{parsed.code}: {parsed.reason}")
        read = read_fax_mail(parsed, number.settings)
        if isinstance(read, ReceivedFax):
            return Reread(await self._received(mail, number, parsed, read))
        if not isinstance(read, FaxResult):
            return Reread(None, "not_a_fax: It is not a mail of a fax gateway.")
        if await self._report(mail, number, parsed, read):
            return Reread(None)
        return Reread(None, "unknown_fax: It is the result of a fax that is not known.")

    async def _received(
        self, mail: RawMail, number: Number, parsed: ParsedMail, fax: ReceivedFax
    ) -> Inbound:
        maker = self._pages if number.settings.ocr else self._pages_without_text
        pages = Pages(error="the gateway sent no document")
        if fax.document is not None:
            pages = await maker.read(fax.document.data)
        files = await self._keep_files(parsed, fax, pages)
        caller = fax.caller or station_number(fax.station) or number_in_text(pages.text)
        count = fax.pages or len(pages.images) or None
        text = pages.text[:_MAX_TEXT]
        return Inbound(
            entry_point_id=mail.entry_point_id,
            channel=ChannelKind.FAX,
            dedupe_key=dedupe_key(parsed),
            senders=(SenderIdentity(IdentityKind.FAX, caller or "", fax.station),),
            received_at=mail.received_at,
            kind=InteractionKind.FAX,
            text=text or _without_text(number.point.language, count),
            sent_at=fax.at if fax.at is not None and fax.at <= mail.received_at else None,
            language=guess_language(text),
            files=files,
            external_id=external_id(parsed),
            continues_latest=caller is not None,
            acknowledge=False,  # it would go to the gateway
            no_acknowledge_reason="not_allowed",
            raw_blob_id=mail.blob_id,
            meta=_meta(fax, count, caller, pages),
        )

    async def _keep_files(
        self, parsed: ParsedMail, fax: ReceivedFax, pages: Pages
    ) -> tuple[InboundFile, ...]:
        """Store the document as PDF first, then the original, other files, and the pages."""
        kept: list[InboundFile] = []
        if fax.document is not None:
            if pages.pdf is not None:
                stem = fax.document.name.rpartition(".")[0] or fax.document.name
                kept.append(await self._keep(f"{stem}.pdf", "application/pdf", pages.pdf))
            kept.append(
                await self._keep(fax.document.name, fax.document.media_type, fax.document.data)
            )
        kept += [
            await self._keep(file.name, file.media_type, file.data)
            for file in parsed.files
            if file is not fax.document and not file.inline
        ]
        for index, image in enumerate(pages.images, start=1):
            name = clean_file_name(f"page-{index:04}.png", "image/png", index)
            kept.append(await self._keep(name, "image/png", image, f"{PAGE_ID}{index}"))
        return tuple(kept)

    async def _keep(
        self, name: str, media_type: str, data: bytes, content_id: str | None = None
    ) -> InboundFile:
        blob = await self._door.blobs.put(data)
        return InboundFile(blob.id, name, media_type[:120], blob.size_bytes, content_id)

    async def _report(
        self, mail: RawMail, number: Number, parsed: ParsedMail, result: FaxResult
    ) -> bool:
        """Tell what became of a fax of ours; False if it is none of ours."""
        job = await self._find_job(mail.entry_point_id, result)
        if job is None:
            return False
        if result.delivered is None:
            return True  # it will be tried again: nothing has changed yet
        state = DeliveryState.DELIVERED if result.delivered else DeliveryState.FAILED
        pages = result.pages or job.pages
        await self._door.report(
            DeliveryReport(
                key=dedupe_key(parsed),
                entry_point_id=mail.entry_point_id,
                occurred_at=mail.received_at,
                state=state,
                interaction_id=job.interaction_id,
                detail=_fate(number.point.language, result, pages),
                pages=pages if result.delivered else None,
            )
        )
        await self._door.store.write(service.end_job, job.interaction_id)
        return True

    async def _find_job(self, entry_point_id: str, result: FaxResult) -> Job | None:
        """By the tag in the subject, by our signed Message-ID, else the newest open to that
        number."""
        store = self._door.store
        if result.tag is not None:
            job = await store.read(service.find_job_by_tag, result.tag)
            if job is not None:
                return job
        token = (await self._keys.get()).find_in_ids(result.message_ids)
        if token is not None:
            return await store.read(service.find_job, token[1])
        if result.number is None:
            return None
        jobs = await store.read(service.list_open_jobs, OpenJobs(entry_point_id))
        return next((job for job in jobs if same_number(job.number, result.number)), None)


def _meta(
    fax: ReceivedFax, pages: int | None, caller: str | None, made: Pages
) -> dict[str, Scalar]:
    meta: dict[str, Scalar] = {
        "gateway": fax.gateway,
        "pages": pages,
        "caller": caller,
        "called": fax.called,
        "station": fax.station,
        "fax_error": fax.error,
        "no_preview": made.error,
    }
    return {key: value for key, value in meta.items() if value is not None}


def _without_text(language: str, pages: int | None) -> str:
    if language.startswith("zh"):
        return f"传真，{pages} 页" if pages else "传真"
    return f"Fax, {pages} {'page' if pages == 1 else 'pages'}" if pages else "Fax"


def _fate(language: str, result: FaxResult, pages: int) -> str:
    chinese = language.startswith("zh")
    if result.delivered:
        if chinese:
            return f"已送达 {pages} 页"
        return f"{pages} {'page' if pages == 1 else 'pages'} delivered"
    reason = result.reason or ("原因未知" if chinese else "the gateway gives no reason")
    return f"未送达：{reason}" if chinese else f"not delivered: {reason}"
