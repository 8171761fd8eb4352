"""The job that checks mailboxes step by step, those of hub.toml and those of the pages."""

from __future__ import annotations

from dataclasses import replace

from msgspec import Struct
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.core.errors import NotFound
from hub.core.findings import Finding, warning
from hub.settings import Settings
from hub.setup.mailboxes import Mailboxes, Sealer, StoredGrants, read_connected
from hub.storage import Store, Tx
from hub.vendors.mail.check import Aim, make_mail_to_self
from hub.vendors.mail.check.live import check_live
from hub.vendors.mail.oauth import TokenBook


class CheckMailboxes(Struct, frozen=True):
    """`entry_point`: of one; "": of all that have a mailbox. `send`: by a mail to itself."""

    entry_point: str = ""
    send: bool = False


class MailboxStep(Struct, frozen=True):
    entry_point: str
    verdict: str
    what: str
    mend: str


class MailboxSteps(Struct, frozen=True):
    steps: list[MailboxStep]


async def check_mailboxes(store: Store, settings: Settings, asked: CheckMailboxes) -> MailboxSteps:
    """Return every step of every mailbox asked for. Raises NotFound for one that there is not."""
    sealer = Sealer(settings.mail_key_path())
    connected = await store.read(read_connected, sealer)
    mailboxes = Mailboxes(settings.mail, connected)
    keys = [box.entry_point for box in mailboxes.all()]
    keys += [one.key for one in connected if mailboxes.is_locked(one.key)]
    if asked.entry_point:
        if asked.entry_point not in keys:
            known = ", ".join(keys) or "none"
            raise NotFound(f"{asked.entry_point} has no mailbox. Those that have one: {known}.")
        keys = [asked.entry_point]
    addresses = await store.read(_addresses, None)
    tokens = TokenBook(StoredGrants(store, sealer))
    steps: list[MailboxStep] = []
    for key in keys:
        found = await _check(mailboxes, key, addresses.get(key, ""), tokens, send=asked.send)
        steps += [MailboxStep(key, one.verdict.value, one.what, one.mend) for one in found]
    return MailboxSteps(steps)


async def _check(
    mailboxes: Mailboxes, key: str, address: str, tokens: TokenBook, *, send: bool
) -> list[Finding]:
    box = mailboxes.find(key)
    if box is None:
        what = "its secrets were sealed with a key that is not here"
        mend = "bring back the key file (mail.key_file), or type them anew on its page"
        return [warning("mail", what, mend, "mail.locked", point=key)]
    aim = Aim(box, mailboxes.place(key) or "", address=address, make_folder=not send)
    if send:
        aim = replace(aim, test=make_mail_to_self(address))
    return [one async for one in check_live(aim, tokens.of(box))]


def _addresses(tx: Tx, _: None) -> dict[str, str]:
    rows = tx.execute(
        select(entry_points.c.id, entry_points.c.address).where(entry_points.c.retired.is_(False))
    )
    return {row.id: row.address for row in rows}
