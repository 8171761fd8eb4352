"""What was kept long enough is found, judged and emptied by indexes, however much there is.

On SQLite, which chooses by what a statement says and not by what is in a table.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from hub.accounts.model import SYSTEM
from hub.customers.holds.service import (
    HoldCustomer,
    ReleaseCustomer,
    hold_customer,
    release_customer,
)
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from tests.integration.customers.keeping import keeper_of
from tests.integration.outreach.build import open_house

_FEW = re.compile(r"SCAN (?:CONSTANT|\(|queues|entry_points|responses|legal_holds|audit_head)")
_ALL_THAT_WAITS = re.compile(r"keeping_waits USING INDEX \S+ \(rule=\?\)$")


async def test_a_round_reads_no_table_from_end_to_end(
    sqlite_store: Store, clock: ManualClock, blobs: DirectoryBlobs
) -> None:
    """One contact goes at once, and one stays for a day because it is held."""
    keeper = keeper_of(await open_house(sqlite_store, clock), blobs)
    await keeper.says(mails_days=30, originals_days=30)
    plans: dict[str, list[str]] = {}

    def note(_c: Connection, cursor: Any, said: str, given: Any, _x: Any, many: bool) -> None:
        if said.startswith(("SELECT", "UPDATE", "DELETE")) and said not in plans:
            explain = f"EXPLAIN QUERY PLAN {said}"
            rows = cursor.connection.execute(explain, given[0] if many else given)
            plans[said] = [str(row[-1]) for row in rows]

    await keeper.rich()
    chen = keeper.house.chen
    await sqlite_store.write(hold_customer, HoldCustomer(SYSTEM, chen, "a dispute"))
    keeper.passes(31)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        await keeper.round()
        await sqlite_store.write(release_customer, ReleaseCustomer(SYSTEM, chen))
        keeper.passes(1)
        went = await keeper.round()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert (went.contacts, went.files) == (1, 2)

    lines = [(said, line) for said, plan in plans.items() for line in plan]
    assert any("keeping_waits" in line for _, line in lines)
    assert [one for one in lines if "SCAN" in one[1] and not _FEW.match(one[1])] == []
    assert [said for said, line in lines if _ALL_THAT_WAITS.search(line)] == []
