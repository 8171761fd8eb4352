"""A hub with promises comes to teams and specialists: each keeps its owner and its moments."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from hub import schema

_CUSTOMER = text(
    "INSERT INTO customers (id, kind, name, tier, tier_source, tier_set_at, source,"
    " created_at, updated_at, version, indexed_as)"
    " VALUES ('c1', 'person', 'Chen', 'gold', 'manual', :at, 'shop', :at, :at, 3, 1)"
)
_IDENTITY = text(
    "INSERT INTO customer_identities (id, customer_id, kind, value_norm, value_raw, status,"
    " source, valid_from) VALUES ('i1', 'c1', 'record', 'c1', 'c1', 'active', 'record', :at)"
)
_PROMISE = text(
    "INSERT INTO commitments (id, identity_id, kind, text, owner_id, made_at, remind_at, due_at,"
    " state, version) VALUES ('p1', 'i1', 'visit', 'come', 'u1', :at, :at, :at, 'open', 1)"
)


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    schema._run(url, move)


def _promise(connection: Connection) -> tuple[str, str]:
    row = connection.execute(text("SELECT owner_id, state FROM commitments")).one()
    return row.owner_id, row.state


def test_promises_are_kept_there_and_back(database_url: str) -> None:
    _to(database_url, "0010")
    engine = create_engine(database_url)
    postgresql = engine.dialect.name == "postgresql"
    at = "2026-03-10 12:00:00+00:00" if postgresql else 1_773_144_000_000_000
    with engine.begin() as connection:
        for statement in (_CUSTOMER, _IDENTITY, _PROMISE):
            connection.execute(statement, {"at": at})
    _to(database_url, "head")
    with engine.begin() as connection:
        row = connection.execute(text("SELECT * FROM commitments")).one()
        assert (row.owner_id, row.owner_kind, row.tell_customer) == ("u1", "user", "no")
        assert not row.detected
        key = "t" * 64  # as long as a team's key may be
        change = text("UPDATE commitments SET owner_kind = 'team', owner_id = :key")
        connection.execute(change, {"key": key})
    with pytest.raises(RuntimeError, match="teams"):
        _to(database_url, "0010")
    with engine.begin() as connection:
        connection.execute(text("UPDATE commitments SET owner_kind = 'user', owner_id = 'u1'"))
    _to(database_url, "0010")
    with engine.connect() as connection:
        assert _promise(connection) == ("u1", "open")
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
