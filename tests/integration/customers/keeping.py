"""A house whose set-up says how long what was said is kept, and mails and chats that are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select

from hub.accounts.model import SYSTEM
from hub.channels.mailbox.service import KeepRaw, RawState, Settle, keep_raw, settle_raw
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import attachments, contacts, interactions
from hub.core.ids import new_id
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.settings import (
    CustomerSettings,
    Keep,
    Privacy,
    QueueKeep,
    save_customer_settings,
)
from hub.desk.commands import Note
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, close
from hub.desk.messages import note
from hub.intake.receive import receive
from hub.jobs.keeping import Keeping, Went
from hub.knowledge.indexing import NewCase, index_cases
from hub.schema import all_tables
from hub.storage import DirectoryBlobs, Tx
from hub.storage.search import SearchKind, count_documents
from hub.testing.center import give_to_agent
from hub.wiring import FORGET
from tests.integration.outreach.build import MAIL, House

CANARY = "灯塔"
SHANGHAI = "Asia/Shanghai"


async def no_rest(_seconds: float) -> None: ...


@dataclass
class Keeper:
    """`keeping`: the service, which never rests."""

    house: House
    blobs: DirectoryBlobs
    keeping: Keeping

    async def says(
        self, queues: dict[str, QueueKeep] | None = None, zone: str = SHANGHAI, **keep: Any
    ) -> None:
        """The set-up says how long things are kept."""
        privacy = Privacy(keep=Keep(**{"deletes": True, **keep}))
        rules = CustomerSettings(zone=zone, queue_keep=queues or {}, privacy=privacy)
        await self.house.store.write(save_customer_settings, rules)

    def passes(self, days: float) -> None:
        self.house.centre.clock.advance(days * 86_400)

    async def round(self) -> Went:
        return await self.keeping.round()

    async def receives(
        self, text: str, who: str = MAIL, point: str = "mail", raw: str | None = None
    ) -> str:
        """Somebody writes: a mail, or in the chat. Return the contact."""
        chat = who.startswith("visitor")
        item = Inbound(
            entry_point_id="shop-chat" if chat else point,
            channel=Channel.WEBCHAT if chat else Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(
                SenderIdentity(IdentityKind.VISITOR if chat else IdentityKind.EMAIL, who, CANARY),
            ),
            received_at=self.house.centre.clock.now(),
            text=text,
            acknowledge=False,
            continues_latest=chat,
            raw_blob_id=raw,
        )
        receipt = await self.house.store.write(receive, item)
        return str(receipt.contact_id)

    async def original(self, words: str = CANARY) -> str:
        """The bytes of a mail, filed; return the file."""
        blob = await self.blobs.put(f"Subject: {words}".encode())
        raw = KeepRaw("mail", new_id(), blob.id, 12, MAIL)
        kept = await self.house.store.write(keep_raw, raw)
        await self.house.store.write(settle_raw, Settle(kept.id, RawState.FILED))
        return blob.id

    async def over(self, text: str = CANARY, who: str = MAIL, point: str = "mail") -> str:
        """What was said is answered, and over; return the contact."""
        contact_id = await self.receives(text, who, point)
        await self.answered(contact_id)
        return contact_id

    async def answered(self, contact_id: str) -> None:
        await self.house.store.write(give_to_agent, (contact_id, self.house.ann))
        await self.house.writes(contact_id, f"Dear {CANARY}, we come.", instant=True)
        await self.closes(contact_id)

    async def closes(self, contact_id: str) -> None:
        handle = Handle(contact_id, self.house.ann, self.house.ann, "Ann")
        why = Disposition("repair", "solved", None, f"{CANARY} kettle")
        await self.house.store.write(close, Close(handle, why))

    async def rich(self) -> str:
        """A mail with everything: its bytes, a file, a note, a case of the knowledge store."""
        store, blob_id = self.house.store, await self.original()
        contact_id = await self.receives(f"{CANARY} is where I live.", raw=blob_id)
        await store.write(give_to_agent, (contact_id, self.house.ann))
        said = Note(contact_id, self.house.ann, "Ann", new_id(), f"{CANARY} sounded unhappy")
        await store.write(note, said)
        picture = await self.blobs.put(b"a picture")
        await store.write(_attach, (contact_id, picture.id))
        now = self.house.centre.clock.now()
        case = NewCase(
            new_id(), contact_id, None, f"{CANARY} kettle", ("kettle",), "en", "contact",
            new_id(), now,
        )  # fmt: skip
        await store.write(index_cases, [case])
        await self.house.writes(contact_id, f"Dear {CANARY}, we come.", instant=True)
        await self.closes(contact_id)
        return contact_id

    async def merged(self, into: str, other: str) -> None:
        await self.house.store.write(merge_customers, MergeCustomers(SYSTEM, other, into, "same"))

    async def rows_of(self, table: Any) -> list[Any]:
        """Return the rows of a table that has no id of its own."""
        return await self.house.store.read(lambda tx, _: list(tx.execute(select(table))), None)

    async def texts(self, contact_id: str) -> list[str]:
        rows = await self.house.rows(interactions)
        return [row.text for row in rows if row.contact_id == contact_id]

    async def is_there(self, contact_id: str) -> bool:
        return any(CANARY in text for text in await self.texts(contact_id))

    async def left(self) -> list[str]:
        """Return in which columns of the whole database the words still stand."""

        def look(tx: Tx, _: None) -> list[str]:
            return [
                f"{table.name}.{column}: {value}"
                for table in all_tables().sorted_tables
                for row in tx.execute(select(table)).mappings()
                for column, value in row.items()
                if CANARY in str(value)
            ]

        return await self.house.store.read(look, None)

    async def found(self) -> int:
        """Return how many documents the search knows."""

        def count(tx: Tx, _: None) -> int:
            kinds = (SearchKind.INTERACTIONS, SearchKind.CASES)
            return sum(count_documents(tx, kind) for kind in kinds)

        return await self.house.store.read(count, None)


def _attach(tx: Tx, asked: tuple[str, str]) -> None:
    contact_id, blob_id = asked
    entry = select(interactions.c.id).where(interactions.c.contact_id == contact_id)
    entry_id = tx.execute(entry.order_by(interactions.c.seq).limit(1)).scalar_one()
    tx.execute(
        insert(attachments).values(
            id=new_id(), interaction_id=entry_id, blob_id=blob_id, name=f"{CANARY}.jpg",
            media_type="image/jpeg", size_bytes=9, created_at=tx.now,
        )
    )  # fmt: skip


def keeper_of(house: House, blobs: DirectoryBlobs) -> Keeper:
    return Keeper(house, blobs, Keeping(house.store, blobs, FORGET, no_rest))


@pytest.fixture
def keeper(house: House, blobs: DirectoryBlobs) -> Keeper:
    return keeper_of(house, blobs)


async def ended(keeper: Keeper) -> dict[str, tuple[Any, ...]]:
    """What reports read of each contact."""
    columns = ("state", "ended_as", "queue_id", "channel", "opened_at", "closed_at", "reason_id")
    return {
        row.id: tuple(getattr(row, one) for one in columns)
        for row in await keeper.house.rows(contacts)
    }
