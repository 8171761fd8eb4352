"""Which mailbox may be connected beside others, and what stays of one that is forgotten."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select, update

from hub.accounts.model import SYSTEM
from hub.contacts.tables import entry_points
from hub.core.errors import Invalid
from hub.settings import Mailbox, MailServer
from hub.setup.mailboxes import Sealer, StoredGrants
from hub.setup.mailboxes.model import MailboxDocument, TypedSecrets
from hub.setup.mailboxes.service import (
    ConnectMailbox,
    DropMailbox,
    MailHouse,
    connect_mailbox,
    drop_mailbox,
)
from hub.setup.tables import mail_grants
from hub.storage import Store, Tx
from hub.testing.center import open_center

LI = {"imap": {"host": "imap.example.org", "user": "li"}}


def house(tmp_path: Path, *in_file: str) -> MailHouse:
    server = MailServer(host="IMAP.example.org", user="li")
    boxes = {key: Mailbox(entry_point=key, imap=server) for key in in_file}
    return MailHouse(Sealer(tmp_path / "key"), frozenset({"email"}), boxes)


def connect(key: str, known: MailHouse) -> ConnectMailbox:
    document = msgspec.convert(LI, MailboxDocument)
    return ConnectMailbox(key, document, TypedSecrets(imap_password="geheim"), known, SYSTEM)


def with_another_point(tx: Tx, _: None) -> None:
    open_center(tx)
    mail = select(entry_points).where(entry_points.c.id == "mail")
    row = dict(tx.execute(mail).mappings().one())
    tx.execute(insert(entry_points), [{**row, "id": "other", "address": "other@example.test"}])


async def test_a_folder_is_read_for_one_entry_point(store: Store, tmp_path: Path) -> None:
    await store.write(with_another_point, None)
    with pytest.raises(Invalid, match="other reads"):
        await store.write(connect_mailbox, connect("mail", house(tmp_path, "other")))
    plain = house(tmp_path)
    await store.write(connect_mailbox, connect("other", plain))
    with pytest.raises(Invalid, match="other reads"):
        await store.write(connect_mailbox, connect("mail", plain))

    def retire(tx: Tx, _: None) -> None:
        tx.execute(update(entry_points).where(entry_points.c.id == "other").values(retired=True))

    await store.write(retire, None)
    await store.write(connect_mailbox, connect("mail", plain))


def _count_grants(tx: Tx, _: None) -> int:
    return len(tx.execute(select(mail_grants.c.entry_point_id)).all())


async def test_what_a_provider_gave_for_the_file_stays(store: Store, tmp_path: Path) -> None:
    await store.write(with_another_point, None)
    plain = house(tmp_path)
    for known, kept in ((house(tmp_path, "mail"), 1), (plain, 0)):
        await store.write(connect_mailbox, connect("mail", plain))
        await StoredGrants(store, plain.sealer).keep("mail", "of the file", "newest")
        await store.write(drop_mailbox, DropMailbox("mail", known, SYSTEM))
        assert await store.read(_count_grants, None) == kept
