"""Fax as a channel: a gateway's mails in, pages as previews, answers by mail to fax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.channels.mailbox.keys import TokenKeeper
from hub.channels.mailbox.service import RawMail
from hub.channels.mailbox.way_out import WayOut, ways_out
from hub.channels.mailbox.ways_in import WaysIn
from hub.contacts.effects import Drawn, Effect, Outcome, Permanent, ReadFile, ReadPages, Send
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
from hub.core.errors import NotFound, Unavailable
from hub.settings import Mail, Mailbox
from hub.vendors.mail.check import is_mail_to_self
from hub.vendors.mail.dedupe import dedupe_key, external_id
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.model import Limits, MailFile, ParsedMail, Refusal
from hub.vendors.mail.oauth import TokenBook
from hub.vendors.mail.opener import MailOpener

from . import service
from .drawing import draw_fax
from .failures import told, why_again, why_not_delivered
from .pages import PageMaker, Readers
from .reading import (
    FaxResult,
    ReceivedFax,
    read_fax_mail,
    same_number,
    station_number,
    without_number,
)
from .recognising import LaterPages, PagesBusy
from .sending import send_fax
from .service import Job, OpenJobs
from .settings import FaxSettings, check_settings
from .showing import keep_file, read_on, show_fax, without_text


@dataclass(frozen=True, slots=True)
class Number:
    """One fax number with its checked settings."""

    point: EntryPoint
    settings: FaxSettings


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
        pages=True,
    )

    def __init__(
        self,
        door: Door,
        points: Sequence[EntryPoint],
        mail: Mail,
        intake: MailIntake | None,
        *,
        max_bytes: int,
        tokens: TokenBook | None = None,
    ) -> None:
        self._door = door
        self._opener = MailOpener(Limits(size_bytes=max_bytes))
        self._keys = TokenKeeper(door.store)
        self._composer = PageMaker()  # apart from the readers: what comes in delays no answer
        self._readers = Readers()
        self._later = LaterPages()
        self._drawer = PageMaker(at_once=1, ocr=False)  # who only looks keeps nobody waiting
        self._tokens = tokens or TokenBook()
        self._ways_in = WaysIn(
            door,
            self.kind,
            intake,
            self._understand,
            poll_s=mail.poll_s,
            max_bytes=max_bytes,
            tokens=self._tokens,
        )
        self._numbers: dict[str, Number] = {}
        self._ways_out: dict[str, WayOut] = {}
        self.take_up(points)
        self.take_up_mailboxes(mail.mailboxes)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve exactly these fax numbers from now on. Raises Invalid for settings of one."""
        self._numbers = {
            point.id: Number(point, check_settings(point.id, point.settings)) for point in points
        }
        names = {
            key: [own for own in {number.settings.mail_address, number.point.address} if "@" in own]
            for key, number in self._numbers.items()
        }
        self._ways_in.lead(names)

    def take_up_mailboxes(self, mailboxes: Sequence[Mailbox]) -> None:
        """Fetch from exactly these, and send by them, from now on."""
        self._ways_out = ways_out(mailboxes, self._tokens)
        self._ways_in.read(mailboxes)

    async def run(self) -> None:
        """Read every mailbox and take up what was left, until cancelled."""
        try:
            await self._ways_in.run()
        finally:
            await self._opener.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Fax comes by mail: there are no webhooks."""
        return ()

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Send a fax, or read one. Raises NotFound for an entry point that is no more."""
        number = self._numbers.get(entry_point_id)
        if number is None:
            raise NotFound(f"There is no fax entry point {entry_point_id!r} any more.")
        if isinstance(effect, ReadFile):
            reader = self._readers.reader_of(effect.file.size_bytes, ocr=number.settings.ocr)
            return await show_fax(self._door, number.point, number.settings, reader, effect)
        if isinstance(effect, ReadPages):
            return await read_on(self._door, number.point, self._later, effect)
        if not isinstance(effect, Send):
            return Permanent("A fax can only be sent.")
        if "{number}" not in number.settings.reply_to:
            return Permanent(told("fax_receives_only", entry_point_id))
        way_out = self._ways_out.get(entry_point_id)
        if way_out is None:
            return Permanent(told("fax_no_server", entry_point_id))
        return await send_fax(
            self._door,
            number.point,
            number.settings,
            way_out,
            await self._keys.get(),
            self._composer,
            effect,
        )

    async def draw(self, entry_point_id: str, send: Send) -> Drawn:
        """Make the pages of an answer as they would be faxed, by the same steps."""
        number = self._numbers.get(entry_point_id)
        if number is None:
            raise NotFound(f"There is no fax entry point {entry_point_id!r} any more.")
        try:
            return await draw_fax(self._door, number.point, number.settings, self._drawer, send)
        except PagesBusy:
            raise Unavailable("Other pages are being made: try again in a moment.") from None

    # ---- in -------------------------------------------------------------------------------------

    async def reread(self, entry_point_id: str, blob_id: str) -> Reread:
        """Read a gateway mail in quarantine once more, with today's profiles and settings."""
        return await self._ways_in.collector.reread(entry_point_id, blob_id)

    async def _understand(self, mail: RawMail, raw: bytes) -> Reread:
        """Read a gateway mail: a fax that came, news of one of ours, or why it is neither."""
        number = self._numbers.get(mail.entry_point_id)
        if number is None:
            raise Unavailable(f"{mail.entry_point_id!r} is no fax number any more.")
        opened = await self._opener.open(raw)
        if isinstance(opened, Refusal):
            return Reread(None, f"{opened.code}: {opened.reason}")
        parsed = opened.mail
        if is_mail_to_self(parsed, {number.point.address.lower()}):
            return Reread(None)  # of a check of the mailbox: it stays there, filed away
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
        """Return the fax as it can be filed at once; its pages and words are read afterwards."""
        caller = fax.caller or station_number(fax.station)
        name = None if station_number(fax.station) else fax.station  # a number names nobody
        document = None if fax.document is None else await self._keep(fax.document, caller)
        files = [
            await self._keep(file, caller)
            for file in parsed.files
            if file is not fax.document and not file.inline
        ]
        return Inbound(
            entry_point_id=mail.entry_point_id,
            channel=ChannelKind.FAX,
            dedupe_key=dedupe_key(parsed),
            senders=(SenderIdentity(IdentityKind.FAX, caller or "", name),),
            received_at=mail.received_at,
            kind=InteractionKind.FAX,
            text=without_text(number.point.language, fax.pages),
            sent_at=fax.at if fax.at is not None and fax.at <= mail.received_at else None,
            files=tuple(files) if document is None else (document, *files),
            reads=document,
            external_id=external_id(parsed),
            continues_latest=caller is not None,
            acknowledge=False,  # it would go to the gateway
            no_acknowledge_reason="not_allowed",
            raw_blob_id=mail.blob_id,
            meta=_meta(fax, caller),
        )

    async def _keep(self, file: MailFile, caller: str | None) -> InboundFile:
        name = without_number(file.name, caller)
        return await keep_file(self._door, name, file.media_type, file.data)

    async def _report(
        self, mail: RawMail, number: Number, parsed: ParsedMail, result: FaxResult
    ) -> bool:
        """Tell what became of a fax of ours; False if it is none of ours."""
        job = await self._find_job(mail.entry_point_id, result)
        if job is None:
            return False
        if result.delivered is None:  # the gateway tries again: the job stays open
            await self._door.report(
                DeliveryReport(
                    key=dedupe_key(parsed),
                    entry_point_id=mail.entry_point_id,
                    occurred_at=mail.received_at,
                    state=DeliveryState.SENT,
                    interaction_id=job.interaction_id,
                    detail=why_again(result.reason),
                    delayed=True,
                )
            )
            return True
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


def _meta(fax: ReceivedFax, caller: str | None) -> dict[str, Scalar]:
    meta: dict[str, Scalar] = {
        "gateway": fax.gateway,
        "pages": fax.pages,
        "caller": caller,
        "called": fax.called,
        "station": fax.station,
        "fax_error": fax.error,
        "no_preview": None if fax.document else told("fax_no_document"),
    }
    return {key: value for key, value in meta.items() if value is not None}


def _fate(language: str, result: FaxResult, pages: int) -> str:
    if not result.delivered:
        return why_not_delivered(result.reason)
    if language.startswith("zh"):
        return f"已送达 {pages} 页"
    return f"{pages} {'page' if pages == 1 else 'pages'} delivered"
