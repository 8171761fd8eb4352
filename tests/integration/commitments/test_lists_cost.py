"""Every list of commitments is read by its own index, however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from hub import care
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.reads import ListCommitments, list_commitments
from hub.contacts.commitments.tables import commitments
from hub.storage import Tx
from hub.testing.clock import NOON, ManualClock

from .office import Office

MANY = 10_000


def _fill(tx: Tx, asked: tuple[str, str]) -> None:
    """So many promises to one customer, nine of ten finished."""
    identity_id, owner_id = asked
    tx.execute(
        insert(commitments),
        [
            {
                "id": f"c{number:06}",
                "identity_id": identity_id,
                "kind": "visit" if number % 7 else "other",
                "text": "x",
                "owner_id": owner_id if number % 3 else "field",
                "asked_by": None if number % 5 else owner_id,
                "made_at": NOON,
                "remind_at": NOON + timedelta(days=9),
                "due_at": NOON + timedelta(days=9, seconds=number),
                "state": "kept" if number % 10 else "open",
            }
            for number in range(MANY)
        ],
    )


@pytest.fixture
async def full(office: Office) -> Office:
    made = await office.promise()
    identity_id = (await office.row(made["id"])).identity_id
    await office.store.write(_fill, (identity_id, office.id("agent")))
    return office


async def plan(office: Office, run: Any) -> str:
    """Return how SQLite reads what this asks of the commitments."""

    def explain(tx: Tx, _: None) -> str:
        connection: Any = tx._connection
        seen: list[tuple[str, Any]] = []

        def note(*args: Any) -> None:
            if "commitments" in args[2] and not args[2].startswith("EXPLAIN"):
                seen.append((args[2], args[3]))

        event.listen(connection, "before_cursor_execute", note)
        run(tx)
        event.remove(connection, "before_cursor_execute", note)
        rows = []
        for sql, parameters in seen:
            made = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            rows += [row[-1] for row in made]
        return "\n".join(row for row in rows if "commitments" in row)

    return await office.store.write(explain, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (ListCommitments(50), "ix_commitments_unfinished"),
        (ListCommitments(50, kind=CommitmentKind.VISIT), "ix_commitments_kind"),
        (ListCommitments(50, owner_id="u1"), "ix_commitments_owner"),
        (
            ListCommitments(50, owners=frozenset({"u1", "field"}), for_user="u1"),
            "ix_commitments_owner",
        ),
        (ListCommitments(50, asked_by="u1"), "ix_commitments_asked"),
        (ListCommitments(50, customer_id="c1"), "ix_commitments_whose"),
    ],
)
async def test_a_list_uses_its_index(full: Office, ask: ListCommitments, index: str) -> None:
    found = await plan(full, lambda tx: list_commitments(tx, ask))
    assert index in found
    assert "SCAN commitments\n" not in f"{found}\n"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_timekeeper_and_the_ranking_read_by_theirs(
    full: Office, clock: ManualClock
) -> None:
    found = await plan(full, lambda tx: care.rank_technicians(tx, care.WantedVisit(None)))
    assert "ix_commitments_record" in found
    assert "SCAN commitments\n" not in f"{found}\n"
