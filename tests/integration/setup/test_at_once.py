"""A set-up that changes while others write: contacts that come, pages that save."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select, text

from hub.contacts.inbound import Inbound, Receipt
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.core.errors import HubError
from hub.intake import receive
from hub.setup import ApplySetup, BadSetup, apply_setup, check_setup
from hub.setup.service import ChangeSetup, RestoreSetup, change_setup, restore_setup
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from hub.testing.databases import PrivatePostgreSQL

from .build import edited, letter
from .test_versions import BOSS, page, renamed, without_finance

_WAITS_FOR_A_LOCK = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


class Slow:
    """A contact that comes: it is written, and its transaction goes on until it is let go."""

    def __init__(self) -> None:
        self.written = threading.Event()
        self.let_go = threading.Event()

    def receive(self, tx: Tx, item: Inbound) -> Receipt | HubError:
        [receipt] = receive(tx, [item])
        tx.settle()
        self.written.set()
        assert self.let_go.wait(30)
        return receipt


async def somebody_waits(store: Store) -> bool:
    return bool(await store.read(lambda tx, _: tx.execute(_WAITS_FOR_A_LOCK).scalar_one(), None))


async def test_a_contact_that_comes_while_its_queue_retires_keeps_the_queue(
    postgresql: PrivatePostgreSQL, clock: ManualClock
) -> None:
    url = postgresql.create("contact_comes", "hub_template")
    setup = check_setup(edited())
    slow = Slow()
    async with Store(url, Bus(), clock) as hub, Store(url, Bus(), clock) as command:
        await command.write(apply_setup, ApplySetup(setup))
        coming = asyncio.create_task(hub.write(slow.receive, letter("finance-mail", clock)))
        await asyncio.to_thread(slow.written.wait, 30)
        retiring = asyncio.create_task(
            command.write(apply_setup, ApplySetup(without_finance(setup)))
        )
        met = False
        while not met and not retiring.done():
            met = await somebody_waits(command)
        slow.let_go.set()
        assert isinstance(await coming, Receipt)
        with pytest.raises(BadSetup, match=r"'finance' cannot be retired, .* \(1 waiting\)"):
            await retiring
        await hub.write(lambda tx, _: tx.execute(contacts.update().values(state="closed")), None)
        await command.write(apply_setup, ApplySetup(without_finance(setup)))
        again = await hub.write(receive, letter("finance-mail", clock))
        found = select(contacts.c.queue_id).where(contacts.c.id == again.contact_id)
        assert await hub.read(lambda tx, _: tx.execute(found).scalar_one(), None) == "support"
    postgresql.drop("contact_comes")


async def test_others_write_while_a_set_up_is_checked(store: Store) -> None:
    setup = check_setup(edited())
    await store.write(apply_setup, ApplySetup(setup))
    loop = asyncio.get_running_loop()
    written: list[str] = []

    def check(key: str, _settings: Mapping[str, object]) -> object:
        other = store.write(lambda _tx, name: name, key)
        written.append(asyncio.run_coroutine_threadsafe(other, loop).result(10))
        return None

    checks: dict[str, Any] = {"fax": check}
    asked = page(renamed(setup, "Lake"), 1)
    done = await change_setup(store, ChangeSetup(asked.raw, 1, BOSS, checks=checks))
    assert done.version.id == 2
    done = await restore_setup(store, RestoreSetup(1, 2, BOSS, checks=checks))
    assert done.version.id == 3
    assert len(written) == 2
