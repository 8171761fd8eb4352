"""A raw mail on its way to the contact store: durable first, then filed; three tries, then set
aside.

Whatever the way it came (SMTP, IMAP), `accept` returns only when the mail cannot be lost any more.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from hub.channels.base import Door
from hub.contacts.inbound import IdentityKind, Inbound, Reread, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.core.errors import NotFound, Unavailable
from hub.vendors.mail.headers import peek_headers

from . import service
from .service import Due, Failure, KeepRaw, RawKey, RawMail, RawState, Settle

log = logging.getLogger(__name__)

_SWEEP_S = 10.0
_SWEEP_LIMIT = 20
# Who wrote a mail that cannot be read is not known: all of them share this one identity.
UNKNOWN_SENDER = SenderIdentity(IdentityKind.EXTERNAL, "mail:unreadable", "?")

Reader = Callable[[RawMail, bytes], Awaitable[Reread]]
File = Callable[[RawMail, bytes], Awaitable[None]]


class MailCollector:
    """`file` reads one mail and hands it to the door; what it raises counts as a failed try.

    Unavailable is no failed try: nothing is wrong with the mail, the hub cannot store now.
    """

    def __init__(
        self, door: Door, channel: Channel, entry_point_ids: Sequence[str], file: File
    ) -> None:
        self._door = door
        self._channel = channel
        self._entry_point_ids = tuple(entry_point_ids)
        self._file = file

    def serve(self, entry_point_ids: Sequence[str]) -> None:
        """Take up what was left of exactly these entry points from now on."""
        self._entry_point_ids = tuple(entry_point_ids)

    async def accept(self, entry_point_id: str, raw: bytes, recipient: str = "") -> None:
        """Take over one mail: on return its bytes are durable and it is filed, or will be.

        Raises Unavailable when it could not be stored; the sender keeps it then.
        """
        blob = await self._door.blobs.put(raw)
        keep = KeepRaw(entry_point_id, blob.sha256, blob.id, blob.size_bytes, recipient[:320])
        mail = await self._door.store.write(service.keep_raw, keep)
        if mail.blob_id != blob.id:  # it has come before
            await self._door.blobs.delete(blob.id)
        if mail.state is RawState.STORED:
            await self._try(mail, raw)

    async def reread(self, entry_point_id: str, blob_id: str, read: Reader) -> Reread:
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
            return await read(mail, raw)
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

    async def _try(self, mail: RawMail, raw: bytes) -> None:
        try:
            await self._file(mail, raw)
        except Unavailable:
            raise
        except Exception as error:
            # One item of a loop (design §1.8): counted, logged, tried again, then set aside.
            log.exception("a mail could not be filed", extra={"raw_mail_id": mail.id})
            await self._failed(mail, f"{type(error).__name__}: {error}", raw)
        else:
            await self._door.store.write(service.settle_raw, Settle(mail.id, RawState.FILED))

    async def _failed(self, mail: RawMail, error: str, raw: bytes = b"") -> None:
        attempts = await self._door.store.write(service.note_failure, Failure(mail.id, error))
        if attempts < service.MAX_ATTEMPTS:
            return
        reason = f"not_filed: It could not be filed in {attempts} tries: {error}"
        try:
            await self.quarantine(mail, reason, raw)
        except Unavailable:
            raise
        except Exception:
            # It stays stored and is tried again; the others go on meanwhile.
            log.exception("a mail could not even be quarantined", extra={"raw_mail_id": mail.id})
        else:
            await self._door.store.write(service.settle_raw, Settle(mail.id, RawState.QUARANTINED))

    async def quarantine(self, mail: RawMail, reason: str, raw: bytes) -> None:
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
