"""What a message costs on a database that has just begun to grow: PostgreSQL knows nothing of its
tables yet, and keeps the plans it makes then.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.errors import HubError
from hub.intake import receive
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

_MANY = 3_000


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_message_reads_a_table_from_end_to_end(store: Store, clock: ManualClock) -> None:
    await store.write(open_center, None)

    def message(number: int) -> Inbound:
        return Inbound(
            entry_point_id="shop-chat",
            channel=Channel.WEBCHAT,
            dedupe_key=f"c{number}",
            senders=(SenderIdentity(IdentityKind.VISITOR, f"v{number % 50}"),),
            received_at=clock.now(),
            text="My fridge is warm",
            acknowledge=False,
        )

    for number in range(20):  # from the sixth on its plans are kept
        await store.write(receive, message(number))

    def many(tx: Tx, _: None) -> list[object | HubError]:
        return list(receive(tx, [message(number) for number in range(20, _MANY)]))

    await store.write(many, None)

    def one_more(tx: Tx, _: None) -> dict[str, int]:
        receive(tx, [message(_MANY)])
        rows = tx.execute(text("SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables"))
        return {row.relname: row.seq_tup_read for row in rows if row.seq_tup_read > 100}

    assert await store.write(one_more, None) == {}
