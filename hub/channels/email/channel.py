"""Email as a channel: mail comes in over IMAP and SMTP or LMTP, answers go out over SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.channels.mailbox.keys import TokenKeeper
from hub.channels.mailbox.service import RawMail
from hub.channels.mailbox.way_out import WayOut, ways_out
from hub.channels.mailbox.ways_in import WaysIn
from hub.contacts.effects import Effect, Outcome, Permanent, Send
from hub.contacts.inbound import InboundFile, Reread
from hub.contacts.model import Channel as ChannelKind
from hub.contacts.outreach.lone_mail import is_lone
from hub.core.errors import NotFound, Unavailable
from hub.settings import Mail, Mailbox
from hub.vendors.mail.authentication import trusted_verdict
from hub.vendors.mail.bounces import looks_like_bounce
from hub.vendors.mail.check import is_mail_to_self
from hub.vendors.mail.dns_names import SYSTEM_NAMES
from hub.vendors.mail.dns_texts import text_record
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.model import Limits, MailFile, ParsedMail, Refusal
from hub.vendors.mail.oauth import TokenBook
from hub.vendors.mail.opener import CHILD_BYTES, MailOpener
from hub.vendors.mail.own_check import Lookup
from hub.vendors.mail.rspamd import Rspamd
from hub.vendors.mail.spam import spam_evidence
from hub.vendors.mail.spf import Names
from hub.vendors.mail.tokens import ConversationTokens

from .evidence import Path, SenderCheck, needs_check, path_of
from .reading import Circumstances, proven, read_mail, weak_marks, with_files
from .sending import send_mail
from .settings import EmailSettings, check_settings


@dataclass(frozen=True, slots=True)
class Address:
    """One entry point with its checked settings."""

    point: EntryPoint
    settings: EmailSettings


class EmailChannel:
    """Implements `hub.channels.base.Channel`. `intake`: the SMTP listener, None if there is none.

    `base_url`: where customers reach the hub, for links to opt out; "": mails have none. `tokens`:
    of mailboxes that are signed in to by token.
    """

    kind = ChannelKind.EMAIL
    capabilities = Capabilities(
        reply=True,
        html=True,
        subject=True,
        recipients=True,
        files=True,
        live=False,
        call=False,
        instant=False,
        survey=False,
        pages=False,
        signs=True,
    )

    def __init__(
        self,
        door: Door,
        points: Sequence[EntryPoint],
        mail: Mail,
        intake: MailIntake | None,
        *,
        max_bytes: int,
        lookup: Lookup = text_record,
        names: Names = SYSTEM_NAMES,
        base_url: str = "",
        tokens: TokenBook | None = None,
    ) -> None:
        self._door = door
        self._base_url = base_url
        self._opener = MailOpener(Limits(size_bytes=max_bytes))
        self._check = (
            SenderCheck(lookup, mail.check_limit_s, self._opener, names if mail.check_spf else None)
            if mail.check_senders
            else None
        )
        self._rspamd = Rspamd(mail.rspamd_url, mail.rspamd_limit_s) if mail.rspamd_url else None
        self._keys = TokenKeeper(door.store)
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
        self._addresses: dict[str, Address] = {}
        self._own_addresses: frozenset[str] = frozenset()
        self._ways_out: dict[str, WayOut] = {}
        self.take_up(points)
        self.take_up_mailboxes(mail.mailboxes)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve exactly these entry points from now on. Raises Invalid for settings of one."""
        self._addresses = {
            point.id: Address(point, check_settings(point.id, point.settings)) for point in points
        }
        names = {
            key: (address.point.address, *address.settings.aliases)
            for key, address in self._addresses.items()
        }
        self._own_addresses = frozenset(name.lower() for own in names.values() for name in own)
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
            if self._check is not None:
                self._check.close()

    async def sweep_once(self) -> int:
        """Try again what is due of the mails that could not be filed; return how many."""
        return await self._ways_in.collector.sweep_once()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Mail has no webhooks."""
        return ()

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Send a mail. Raises NotFound for an entry point that is no more."""
        if not isinstance(effect, Send):
            return Permanent("Mail can only be sent.")
        if effect.until is not None and effect.until <= self._door.clock.now():
            return Permanent("It could not be sent in time, and is of no use any more.")
        address = self._addresses.get(entry_point_id)
        if address is None:
            raise NotFound(f"There is no mail entry point {entry_point_id!r} any more.")
        way_out = self._ways_out.get(entry_point_id)
        if way_out is None:
            return Permanent(
                f"No SMTP server is set for {entry_point_id!r}: connect a mailbox with one."
            )
        return await send_mail(
            self._door,
            address.point,
            address.settings,
            way_out,
            await self._keys.get(),
            effect,
            self._base_url,
        )

    async def reread(self, entry_point_id: str, blob_id: str) -> Reread:
        """Read a mail in quarantine once more: with today's parser, limits and settings."""
        return await self._ways_in.collector.reread(entry_point_id, blob_id)

    async def _understand(self, mail: RawMail, raw: bytes) -> Reread:
        """Read a mail, report what it says of ours, keep its files; or say why it cannot be."""
        address = self._addresses.get(mail.entry_point_id)
        if address is None:
            raise Unavailable(f"{mail.entry_point_id!r} is no entry point any more.")
        around = Circumstances(
            entry_point_id=mail.entry_point_id,
            recipient=mail.recipient,
            received_at=mail.received_at,
            raw_blob_id=mail.blob_id,
            own_addresses=self._own_addresses,
            trusted_server=address.settings.trusted_server,
            tls=mail.tls,
        )
        tokens = await self._keys.get()
        opened = await self._opener.open(raw)
        if isinstance(opened, Refusal):
            return Reread(None, f"{opened.code}: {opened.reason}")
        parsed = opened.mail
        if is_mail_to_self(parsed, self._own_addresses):
            return Reread(None)  # of a check of the mailbox: it stays there, filed away
        path = path_of(mail.peer, mail.mail_from)
        around = await self._with_evidence(parsed, raw, around, tokens, path)
        around = replace(around, spam=await self._spam(parsed, raw, around, tokens))
        if len(raw) < CHILD_BYTES and not looks_like_bounce(parsed):
            reading = read_mail(opened, raw, around, tokens)
        else:  # a returned mail is searched, line by line, for what it says of ours
            reading = await asyncio.to_thread(read_mail, opened, raw, around, tokens)
        for report in reading.reports:
            try:
                await self._door.report(report)
            except NotFound:
                continue  # about a mail that is not ours: it is filed below like any other
            if report.external_id is not None and is_lone(report.external_id):
                return Reread(None)  # news of a mail to a colleague, which is in no conversation
        files = tuple(await asyncio.gather(*map(self._keep, parsed.files)))
        return Reread(with_files(reading, files))

    async def _with_evidence(
        self,
        mail: ParsedMail,
        raw: bytes,
        around: Circumstances,
        tokens: ConversationTokens,
        path: Path | None,
    ) -> Circumstances:
        """Add what we find out about the sender ourselves, where nobody we trust has told."""
        if self._check is None or trusted_verdict(mail, around.trusted_server) is not None:
            return around
        marks = () if proven(mail, around.recipient, tokens) else weak_marks(mail)
        path = path if self._check.asks_paths else None
        if path is None and not needs_check(mail, marks):
            return around
        return replace(around, evidence=await self._check.check(mail, raw, path))

    async def _spam(
        self, mail: ParsedMail, raw: bytes, around: Circumstances, tokens: ConversationTokens
    ) -> str | None:
        """Return what says that a mail is spam: a filter in front, else the one that is asked. An
        answer to what we wrote is none, whatever it quotes.
        """
        told = spam_evidence(mail)
        if told or self._rspamd is None or proven(mail, around.recipient, tokens):
            return told
        return await self._rspamd.evidence(raw, around.recipient)

    async def _keep(self, file: MailFile) -> InboundFile:
        blob = await self._door.blobs.put(file.data)
        return InboundFile(
            blob_id=blob.id,
            name=file.name,
            media_type=file.media_type[:120],
            size_bytes=blob.size_bytes,
            content_id=file.content_id,
        )
