"""What an assignment costs on a database that has just begun to grow: PostgreSQL knows nothing of
its tables yet, and keeps the plans it makes then.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from hub.contacts.inbound import IdentityKind, Inbound, Receipt, SenderIdentity
from hub.contacts.model import Channel
from hub.core.errors import HubError
from hub.intake import receive
from hub.routing import service as routing
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .test_offers import Floor

_WAITING = 2_000


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_assignment_reads_those_of_all_others(store: Store, clock: ManualClock) -> None:
    await store.write(keep_young, None)
    await store.write(open_center, None)
    floor = Floor(store, clock)
    agents = [await floor.agent(f"agent-{number}") for number in range(10)]

    def crowd(tx: Tx, _: None) -> list[Receipt | HubError]:
        return list(receive(tx, [a_chat(clock, number) for number in range(_WAITING)]))

    waiting = [r.contact_id or "" for r in await store.write(crowd, None) if isinstance(r, Receipt)]

    def assign(tx: Tx, pair: tuple[str, str]) -> dict[str, int]:
        contact_id, agent_id = pair
        before = rows_read(tx)
        [made] = routing.make_offers(tx, [floor.offer(contact_id, agent_id)])
        assert isinstance(made, routing.OfferMade)
        routing.accept_offers(tx, [routing.AcceptOffer(made.offer_id, agent_id)])
        after = rows_read(tx)
        return {name: n for name in after if (n := after[name] - before.get(name, 0)) > 100}

    for number in range(20):  # from the sixth on its plans are kept
        await store.write(assign, (waiting[number], agents[number // 3]))
    assert await store.write(assign, (waiting[20], agents[9])) == {}


def keep_young(tx: Tx, _: None) -> None:
    """Make the empty tables as new, whatever a test before filled them with, and let nobody come
    by and count what is in them: that happens once a minute.
    """
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    names += " AND tablename <> 'alembic_version'"
    quoted = [f'"{name}"' for name in tx.execute(text(names)).scalars().all()]
    tx.execute(text(f"TRUNCATE {', '.join(quoted)}"))
    for name in quoted:
        tx.execute(text(f"ALTER TABLE {name} SET (autovacuum_enabled = false)"))
    tx.execute(text("DELETE FROM pg_statistic USING pg_class c WHERE starelid = c.oid"
                    " AND c.relnamespace = current_schema()::regnamespace"))  # fmt: skip


def a_chat(clock: ManualClock, number: int) -> Inbound:
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=f"c{number}",
        senders=(SenderIdentity(IdentityKind.VISITOR, f"v{number}"),),
        received_at=clock.now(),
        text="Hello",
        acknowledge=False,
    )


def rows_read(tx: Tx) -> dict[str, int]:
    """Return the rows read of each table by this connection, as far as not reported yet."""
    counters = "SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables"
    return {row.relname: row.seq_tup_read + (row.idx_tup_fetch or 0)
            for row in tx.execute(text(counters))}  # fmt: skip
