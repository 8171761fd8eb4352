"""A raw mail on its way to the contact store: durable first, then filed; three tries, then set
aside.

Whatever the way it came (SMTP, IMAP), `accept` returns only when the mail cannot be lost any more.
A small one is read as soon as its bytes are on disk, and kept and filed by one transaction; a large
one, and whatever goes wrong, is kept first.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from hub.channels.base import Door
from hub.contacts.inbound import UNKNOWN_SENDER, Inbound, Reread
from hub.contacts.model import Channel, InteractionKind
from hub.core.errors import NotFound, Unavailable
from hub.vendors.mail.charsets import scrub_text
from hub.vendors.mail.headers import peek_headers
from hub.vendors.mail.opener import CHILD_BYTES

from . import service
from .bunches import Bunches
from .service import (
    Due,
    Failure,
    HandedOver,
    KeepFiled,
    KeepRaw,
    RawKey,
    RawMail,
    RawState,
    Settle,
    new_mail,
)

log = logging.getLogger(__name__)

_SWEEP_S = 10.0
_SWEEP_LIMIT = 20

Reader = Callable[[RawMail, bytes], Awaitable[Reread]]


class MailCollector:
    """`read` reads one mail; what it raises counts as a failed try.

    Unavailable is no failed try: nothing is wrong with the mail, the hub cannot store now.
    """

    def __init__(
        self, door: Door, channel: Channel, entry_point_ids: Sequence[str], read: Reader
    ) -> None:
        self._door = door
        self._channel = channel
        self._entry_point_ids = tuple(entry_point_ids)
        self._read = read
        self._bunches = Bunches()
        self._in_hand = 0  # mails that are being taken over

    def serve(self, entry_point_ids: Sequence[str]) -> None:
        """Take up what was left of exactly these entry points from now on."""
        self._entry_point_ids = tuple(entry_point_ids)

    async def accept(
        self, entry_point_id: str, raw: bytes, recipient: str = "", by: HandedOver | None = None
    ) -> None:
        """Take over one mail: on return its bytes are durable and it is filed, or will be. `by`:
        who handed it over, where that is known.

        Raises Unavailable when it could not be stored; the sender keeps it then.
        """
        self._in_hand += 1
        try:
            await self._take_over(entry_point_id, raw, recipient, by)
        finally:
            self._in_hand -= 1

    async def _take_over(
        self, entry_point_id: str, raw: bytes, recipient: str, by: HandedOver | None
    ) -> None:
        if self._door.store.refusing is not None:  # or each try would leave files that nobody knows
            await self._door.store.write(service.ask_to_write, None)
        blob = await self._door.blobs.put(raw)
        peer, mail_from, tls = by or (None, None, None)
        keep = KeepRaw(
            entry_point_id,
            blob.sha256,
            blob.id,
            blob.size_bytes,
            scrub_text(recipient)[:320],  # an envelope may hold bytes that are no text
            peer and peer[:45],
            mail_from and scrub_text(mail_from)[:320],
            tls or None,
        )
        read = await self._read_early(keep, raw) if len(raw) < CHILD_BYTES else None
        if read is not None and await self._file_at_once(keep, read):
            return
        mail = await self._door.store.write(service.keep_raw, keep)
        if mail.blob_id != blob.id:  # it has come before
            files = () if read is None or read.inbound is None else read.inbound.files
            for blob_id in (blob.id, *(file.blob_id for file in files)):
                await self._door.blobs.delete(blob_id)
            read = None
        if mail.state is RawState.STORED:
            await self._try(mail, raw, read)

    async def _read_early(self, keep: KeepRaw, raw: bytes) -> Reread | None:
        """Read a mail of which only the bytes are kept; None where that fails."""
        mail = new_mail(keep, self._door.clock.now())
        try:
            return await self._read(mail, raw)
        except Exception as error:  # read once more when it is kept: that try counts, and is logged
            log.debug("a mail could not be read at once: %s", error)
            return None

    async def _file_at_once(self, keep: KeepRaw, read: Reread) -> bool:
        """Keep and file a mail by one transaction; False where nothing was, for whatever reason."""
        if read.inbound is None:
            return False
        try:
            if self._in_hand > 1:  # a mailbox, which is read mail by mail, waits for nobody
                await self._bunches.join()
            filed = KeepFiled(keep, read.inbound)
            return await self._door.receive_kept(service.keep_filed, filed) is not None
        except Exception as error:  # filed once more when it is kept: that try counts
            log.debug("a mail was not filed at once: %s", error)
            return False

    async def reread(self, entry_point_id: str, blob_id: str) -> Reread:
        """Read a stored mail once more, with what is known of how it came."""
        try:
            raw = await self._door.blobs.get(blob_id)
        except NotFound:
            return Reread(None, "bytes_gone: Its raw bytes are gone from the blob store.")
        digest = await asyncio.to_thread(hashlib.sha256, raw)  # 50 MiB take a tenth of a second
        key = RawKey(entry_point_id, digest.hexdigest())
        mail = await self._door.store.read(service.find_raw, key)
        if mail is None or entry_point_id not in self._entry_point_ids:
            return Reread(None, "no_entry_point: Its entry point is no more.")
        try:
            return await self._read(mail, raw)
        except Unavailable:
            raise
        except Exception as error:
            # Whatever a stranger's mail breaks is a reason to tell, and a trace to mend it by.
            log.exception("a mail in quarantine broke the reader", extra={"raw_mail_id": mail.id})
            return Reread(None, f"unreadable: {type(error).__name__}: {error}")

    async def sweep(self) -> None:
        """Until cancelled, take up again what a crash or a fault left stored and not filed."""
        while True:
            try:
                await self.sweep_once()
            except (Unavailable, OSError) as error:
                log.debug("the sweep over raw mails waits: %s", error)
            await asyncio.sleep(_SWEEP_S)

    async def sweep_once(self) -> int:
        """Try what is due, at most twenty; return how many."""
        due = await self._door.store.read(
            service.list_due, Due(self._entry_point_ids, _SWEEP_LIMIT)
        )
        for mail in due:
            try:
                raw = await self._door.blobs.get(mail.blob_id)
            except NotFound:
                await self._failed(mail, "the raw bytes are gone from the blob store")
                continue
            await self._try(mail, raw)
        return len(due)

    async def _try(self, mail: RawMail, raw: bytes, read: Reread | None = None) -> None:
        try:
            await self._file(mail, raw, read)
        except Unavailable:
            raise
        except Exception as error:
            # One item of a loop (design §1.8): counted, logged, tried again, then set aside.
            log.exception("a mail could not be filed", extra={"raw_mail_id": mail.id})
            await self._failed(mail, f"{type(error).__name__}: {error}", raw)
        else:
            await self._door.store.write(service.settle_raw, Settle(mail.id, RawState.FILED))

    async def _file(self, mail: RawMail, raw: bytes, read: Reread | None) -> None:
        """Hand a durable mail to the hub, once it is read. Called again if it raises."""
        read = read or await self._read(mail, raw)
        if read.reason is not None:
            await self._quarantine(mail, read.reason, raw)
        elif read.inbound is not None:
            await self._door.receive(read.inbound)

    async def _failed(self, mail: RawMail, error: str, raw: bytes = b"") -> None:
        attempts = await self._door.store.write(service.note_failure, Failure(mail.id, error))
        if attempts < service.MAX_ATTEMPTS:
            return
        reason = f"not_filed: It could not be filed in {attempts} tries: {error}"
        try:
            await self._quarantine(mail, reason, raw)
        except Unavailable:
            raise
        except Exception:
            # It stays stored and is tried again; the others go on meanwhile.
            log.exception("a mail could not even be quarantined", extra={"raw_mail_id": mail.id})
        else:
            await self._door.store.write(service.settle_raw, Settle(mail.id, RawState.QUARANTINED))

    async def _quarantine(self, mail: RawMail, reason: str, raw: bytes) -> None:
        """File a mail that cannot be read as a quarantined contact with its raw bytes.

        From and subject are shown as far as they can be read; nobody is identified by them.
        """
        sender, subject = peek_headers(raw)
        await self._door.receive(
            Inbound(
                entry_point_id=mail.entry_point_id,
                channel=self._channel,
                dedupe_key=f"raw:{mail.sha256}",
                senders=(UNKNOWN_SENDER,),
                received_at=mail.received_at,
                kind=InteractionKind.SYSTEM,
                text=reason,
                subject=subject or None,
                acknowledge=False,
                no_acknowledge_reason="quarantined",
                quarantine_reason=reason,
                raw_blob_id=mail.blob_id,
                meta={"from": sender} if sender else {},
            )
        )
