"""The audit log's chain in real databases: many writers, undone calls, killed processes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Executable, delete, func, select, update

from hub.accounts.audit import (
    AccessLines,
    AuditLine,
    audit,
    audit_many,
    forget_access,
    forget_details,
    list_history,
)
from hub.accounts.chain.model import What
from hub.accounts.chain.tables import audit_head, audit_links
from hub.accounts.chain.walk import Broken, State, Step, take_step
from hub.accounts.model import SYSTEM, Actor
from hub.accounts.tables import audit_log
from hub.core.bus import Bus
from hub.core.errors import Conflict
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock


def note(tx: Tx, name: str) -> None:
    audit(tx, SYSTEM, "tier.change", "customer", name, {"to": "gold", "share": 0.1, "n": 1e22})


def note_and_refuse(tx: Tx, name: str) -> None:
    note(tx, name)
    raise Conflict("no")


def try_to_note(tx: Tx, name: str) -> None:
    """Note what is undone, and then what stands."""
    try:
        with tx.attempt():
            note_and_refuse(tx, name)
    except Conflict:
        note(tx, f"{name} after all")


async def look(store: Store, state: State | None = None) -> State:
    state = state or State()
    while not state.is_done:
        state = await store.read(take_step, Step(state, 7))
    return state


async def count(store: Store) -> int:
    def lines(tx: Tx, _: None) -> int:
        return int(tx.execute(select(func.count()).select_from(audit_log)).scalar_one())

    return await store.read(lines, None)


async def broken_by(store: Store, *statements: Executable) -> Broken:
    def do(tx: Tx, _: None) -> None:
        for statement in statements:
            tx.execute(statement)

    await store.write(do, None)
    found = (await look(store)).broken
    assert found is not None
    return found


async def test_writers_of_several_processes_make_one_chain(
    store: Store, database_url: str, clock: ManualClock
) -> None:
    async with (
        Store(database_url, Bus(), clock) as second,
        Store(database_url, Bus(), clock) as third,
    ):
        stores = (store, second, third)
        await asyncio.gather(*(stores[n % 3].write(note, f"c{n}") for n in range(150)))
    assert await count(store) == 150
    state = await look(store)
    assert state.broken is None
    assert state.seq == 150


async def test_calls_that_are_undone_leave_no_link(store: Store) -> None:
    await asyncio.gather(
        store.write(note, "a"),
        store.write(note_and_refuse, "b"),
        store.write(try_to_note, "c"),
        store.write(note_and_refuse, "d"),
        store.write(note, "e"),
        return_exceptions=True,
    )
    state = await look(store)
    assert state.broken is None
    assert state.seq == await count(store) == 3


async def test_a_walk_beside_writers_holds(store: Store) -> None:
    await store.write(note, "first")
    state = await store.read(take_step, Step(State(), 7))
    await asyncio.gather(*(store.write(note, f"c{n}") for n in range(20)))
    done = await look(store, state)
    assert done.broken is None
    assert done.seq == 1


async def test_what_goes_lawfully_breaks_nothing_and_is_said(
    store: Store, clock: ManualClock
) -> None:
    def look_at_it(tx: Tx, _: None) -> None:
        for n in range(20):
            audit(tx, SYSTEM, "customer.reveal", "identity", f"i{n}", {"n": n})

    def forget_half(tx: Tx, _: None) -> None:
        forget_access(tx, AccessLines(tx.now - timedelta(days=9), "", tx.now, 10))

    def override_and_erase(tx: Tx, _: None) -> None:
        audit_many(tx, SYSTEM, "outreach.override", "identity", {"i1": {"reason": "VIP"}, "i2": {}})
        forget_details(tx, "outreach.override", "identity", ["i1", "i2"])

    await store.write(look_at_it, None)
    clock.advance(86_400)
    await store.write(forget_half, None)
    await store.write(override_and_erase, None)
    state = await look(store)
    assert state.broken is None
    assert (state.seq, await count(store)) == (24, 14)

    def links(tx: Tx, _: None) -> list[str | None]:
        salts = select(audit_links.c.gone).order_by(audit_links.c.seq)
        return list(tx.execute(salts).scalars())

    # 20 looks, what went of them, the two overrides, what went of them
    assert await store.read(links, None) == ["line"] * 10 + [None] * 11 + ["detail", None, None]


async def test_a_line_that_is_removed_as_if_it_had_gone_is_found(store: Store) -> None:
    def looks_and_a_change(tx: Tx, _: None) -> None:
        for n in range(3):
            audit(tx, SYSTEM, "customer.reveal", "identity", f"i{n}")
        note(tx, "c")

    def forget_one(tx: Tx, _: None) -> None:
        forget_access(tx, AccessLines(tx.now - timedelta(days=9), "", tx.now, 1))

    def told_by(tx: Tx, _: None) -> str:
        found = select(audit_log.c.id).where(audit_log.c.action == "audit.forget")
        return str(tx.execute(found).scalar_one())

    await store.write(looks_and_a_change, None)
    await store.write(forget_one, None)
    said = await store.read(told_by, None)
    marks = {"gone": "line", "gone_by": said, "said_salt": "", "detail_salt": ""}

    def remove(seq: int) -> tuple[Executable, Executable]:
        line_id = select(audit_links.c.line_id).where(audit_links.c.seq == seq).scalar_subquery()
        return (
            delete(audit_log).where(audit_log.c.id == line_id),
            update(audit_links).where(audit_links.c.seq == seq).values(**marks),
        )

    found = await broken_by(store, *remove(2))
    assert (found.what, found.seq, found.action) == (What.GONE_DIFFERS, 5, "audit.forget")
    found = await broken_by(store, *remove(4))
    assert (found.what, found.seq, found.action) == (What.GONE_UNTOLD, 4, "tier.change")


async def test_the_first_break_is_named(store: Store, clock: ManualClock) -> None:
    await asyncio.gather(*(store.write(note, f"c{n}") for n in range(9)))
    at_five = update(audit_log).where(audit_log.c.object_id == "c4").values(object_id="c9")
    found = await broken_by(store, at_five)
    assert (found.what, found.seq, found.at) == (What.LINE_CHANGED, 5, clock.now())
    cut = select(audit_links.c.line_id).where(audit_links.c.seq > 3)
    found = await broken_by(
        store,
        delete(audit_log).where(audit_log.c.id.in_(cut)),
        delete(audit_links).where(audit_links.c.seq > 3),
    )
    assert (found.what, found.seq) == (What.LINK_MISSING, 4)


_WRITES = """
import asyncio, sys
from hub.core.bus import Bus
from hub.storage import Store
from tests.integration.accounts.test_audit_chain import note
async def main():
    async with Store(sys.argv[1], Bus()) as store:
        for n in range(10**6):
            await asyncio.gather(*(store.write(note, f"{n}.{m}") for m in range(3)))
            print(n, flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("commits", [1, 7, 30])
def test_a_killed_process_leaves_a_chain_that_holds_and_goes_on(
    database_url: str, commits: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITES, database_url], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(commits):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)

    async def after() -> tuple[State, int, State]:
        async with Store(database_url, Bus()) as store:
            before, lines = await look(store), await count(store)
            await store.write(note, "goes on")
            return before, lines, await look(store)

    before, lines, state = asyncio.run(after())
    assert before.broken is None
    assert before.seq == lines >= 3 * commits
    assert state.broken is None
    assert state.seq == before.seq + 1


async def test_a_head_that_was_put_back_or_removed_stops_nobody(store: Store) -> None:
    for name in ("a", "b", "c"):
        await store.write(note, name)
    back = update(audit_head).values(seq=1, hash="0" * 64)
    assert (await broken_by(store, back)).what == What.HEAD_DIFFERS
    await store.write(note, "d")
    await store.write(lambda tx, _: tx.execute(delete(audit_head)), None)
    await store.write(note, "e")

    found = await look(store)
    assert (found.broken, found.seq) == (None, 5)


async def test_who_may_see_an_object_is_told_who_changed_it_and_not_from_where(
    store: Store,
) -> None:
    def change(tx: Tx, _: None) -> list[AuditLine]:
        by = Actor("li", "Li", "session", "192.0.2.7")
        audit(tx, by, "macro.add", "macro", "m")
        audit(tx, by, "tag.add", "tag", "m")
        return list_history(tx, "macro", "m")

    [line] = await store.write(change, None)

    assert (line.action, line.actor_name, line.address) == ("macro.add", "Li", "")
