"""The migration: merges that were made before they were edges come apart exactly afterwards."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import schema
from hub.accounts.model import SYSTEM
from hub.core.bus import Bus
from hub.customers.merging.service import UnmergeCustomer, unmerge_customer
from hub.customers.tables import customers, identities, identity_claims, identity_moves
from hub.storage import Store
from hub.testing.clock import NOON, ManualClock

from .builders import Records, live

NAMES = ["x", "a", "b", "c", "d"]


class Before:
    """Records as they were merged and taken apart before 0011: identities moved, nothing else."""

    def __init__(self) -> None:
        self.owner = {name: name for name in NAMES}
        self.into: dict[str, str] = {}
        self.moves: list[tuple[str, str, str, str]] = []

    def merge(self, one: str, other: str) -> None:
        if one == other or one in self.into or other in self.into:
            return
        self._move([i for i, who in self.owner.items() if who == one], one, other, "same")
        for record, target in self.into.items():
            if target == one:
                self.into[record] = other
        self.into[one] = other

    def unmerge(self, one: str) -> None:
        if one not in self.into:
            return
        source = self.into.pop(one)
        left = {identity for identity, before, _, _ in self.moves if before == one}
        back = [identity for identity in sorted(left) if self.owner[identity] == source]
        self._move(back, source, one, "the merge was undone")

    def _move(self, moved: list[str], source: str, target: str, reason: str) -> None:
        for identity in moved:
            self.owner[identity] = target
            self.moves.append((identity, source, target, reason))

    def write(self, url: str) -> None:
        engine = sa.create_engine(url)
        old = sa.table("customer_identities", *(c for c in _copies(identities, {"home_id"})))
        log = sa.table(
            "customer_identity_moves", *_copies(identity_moves, {"kind", "operation_id"})
        )
        with engine.begin() as connection:
            for name in NAMES:
                connection.execute(sa.insert(customers).values(_customer(name, self.into)))
            for name in NAMES:
                row = {"id": f"i-{name}", "customer_id": self.owner[name], "kind": "email"}
                row |= {"value_norm": f"{name}@example.test", "value_raw": name, "source": "x"}
                connection.execute(sa.insert(old).values(**row, status="active", valid_from=NOON))
            for number, (identity, source, target, reason) in enumerate(self.moves):
                row = {"id": f"{number:03}", "identity_id": f"i-{identity}", "reason": reason}
                row |= {"from_customer_id": source, "to_customer_id": target}
                moved_at = NOON + timedelta(seconds=number)
                connection.execute(sa.insert(log).values(**row, moved_at=moved_at))
        engine.dispose()


def _copies(table: sa.Table, without: set[str]) -> list[sa.ColumnClause[object]]:
    return [sa.column(c.name, c.type) for c in table.c if c.name not in without]


def _customer(name: str, into: dict[str, str]) -> dict[str, object]:
    return {
        "id": name,
        "kind": "person",
        "name": name,
        "tier": "standard",
        "tier_source": "default",
        "source": "x",
        "merged_into_id": into.get(name),
        "tier_set_at": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
    }


def _to(url: str, revision: str) -> None:
    step = command.downgrade if revision == "0010" else command.upgrade
    schema._run(url, lambda config: step(config, revision))


def _records(store: Store) -> Records:
    records = Records(store, NAMES)
    records.ids = {name: name for name in NAMES}
    return records


async def test_a_chain_from_before_comes_apart(
    database_url: str, bus: Bus, clock: ManualClock
) -> None:
    before = Before()
    before.merge("x", "a")
    before.merge("a", "b")
    before.merge("c", "d")
    _to(database_url, "0010")
    before.write(database_url)
    _to(database_url, "head")
    async with Store(database_url, bus, clock) as store:
        assert await store.read(live, None) == [("a", "b"), ("c", "d"), ("x", "a")]
        records = _records(store)
        await records.unmerge("a")
        assert await records.state() == {"x": "a", "a": "a", "b": "b", "c": "d", "d": "d"}
        await records.unmerge("x")
        await records.unmerge("c")
        assert await records.state() == {name: name for name in NAMES}


async def test_what_the_old_undoing_had_left_behind_is_mended(
    database_url: str, bus: Bus, clock: ManualClock
) -> None:
    """x was merged into a, which was merged into b and taken apart: x said b, its address a."""
    before = Before()
    before.merge("x", "a")
    before.merge("a", "b")
    before.unmerge("a")
    assert (before.into["x"], before.owner["x"]) == ("b", "a")
    _to(database_url, "0010")
    before.write(database_url)
    _to(database_url, "head")
    async with Store(database_url, bus, clock) as store:
        records = _records(store)
        assert (await records.state())["x"] == (await records.roots())["x"] == "a"
        await records.unmerge("x")
        assert await records.state() == {name: name for name in NAMES}


STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=14
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_whatever_was_done_before_ends_in_a_forest(
    database_url: str, steps: list[tuple[bool, str, str]]
) -> None:
    """No address goes to anybody else, and whoever has an address says so on every record."""
    before = Before()
    for joins, one, other in steps:
        if joins:
            before.merge(one, other)
        else:
            before.unmerge(one)
    _to(database_url, "0010")
    before.write(database_url)
    _to(database_url, "0011")  # which makes the forest; all later ones 25 times take minutes
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        edges: dict[str, str] = dict(
            connection.execute(sa.text("SELECT from_id, into_id FROM customer_merges")).all()
        )
        into: dict[str, str | None] = dict(
            connection.execute(sa.text("SELECT id, merged_into_id FROM customers")).all()
        )
        then = (identities.c.id, identities.c.customer_id, identities.c.home_id)
        rows = connection.execute(sa.select(*then)).all()
        for table in ("customer_merges", "customer_identity_moves", "customer_identities"):
            connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - our own words
        connection.execute(sa.delete(customers))
    engine.dispose()
    roots = {name: _root(edges, name) for name in NAMES}
    assert roots == {name: target or name for name, target in into.items()}
    for row in rows:
        assert row.customer_id == before.owner[row.id.removeprefix("i-")]
        assert roots[row.home_id or row.customer_id] == row.customer_id


def _root(edges: dict[str, str], name: str) -> str:
    for _ in NAMES:
        name = edges.get(name, name)
    assert name not in edges
    return name


async def test_claims_become_questions_unless_they_are_answered(
    database_url: str, bus: Bus, clock: ManualClock
) -> None:
    before = Before()
    before.merge("c", "d")
    _to(database_url, "0010")
    before.write(database_url)
    engine = sa.create_engine(database_url)
    claims = [("1", "a", "i-b"), ("2", "c", "i-d"), ("3", "d", "i-c")]
    with engine.begin() as connection:
        for key, customer, identity in claims:
            row = {"id": key, "customer_id": customer, "identity_id": identity}
            connection.execute(sa.insert(identity_claims).values(**row, claimed_at=NOON))
    engine.dispose()
    _to(database_url, "head")
    async with Store(database_url, bus, clock) as store:
        rows = await store.read(
            lambda tx, _: tx.execute(
                sa.text("SELECT kind, customer_id, other_id FROM customer_conflicts")
            ).all(),
            None,
        )
        assert [tuple(row) for row in rows] == [("claim", "a", "b")]
        await store.write(unmerge_customer, UnmergeCustomer(SYSTEM, "c"))
