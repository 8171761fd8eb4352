"""A hub with promises comes to reports: those missed before are known to have been."""

from __future__ import annotations

import json
from datetime import UTC

from alembic import command
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
    " state, broken_at, version)"
    " VALUES (:id, 'i1', 'visit', 'come', 'u1', :at, :at, :at, :state, :broken_at, 1)"
)
_POSTPONED = text(
    "INSERT INTO commitment_entries (id, commitment_id, seq, kind, text, author_name, at, before)"
    " VALUES (:id, :id, 1, 'postponed', '', 'Ann', :at, :before)"
)
_AT = 1_773_144_000_000_000  # 2026-03-10 12:00:00 UTC
_BREAKS = text("SELECT id, first_broken_at FROM commitments ORDER BY id")


def _fill(connection: Connection) -> None:
    postgresql = connection.dialect.name == "postgresql"
    at = "2026-03-10 12:00:00+00:00" if postgresql else _AT
    for statement in (_CUSTOMER, _IDENTITY):
        connection.execute(statement, {"at": at})
    for key, broken_at in (("broken", at), ("early", None), ("late", None), ("open", None)):
        promise = {"id": key, "at": at, "broken_at": broken_at}
        state = "broken" if broken_at else "open"
        connection.execute(_PROMISE, promise | {"state": state})
    for key, hour in (("early", 13), ("late", 11)):
        before = json.dumps({"due_at": f"2026-03-10T{hour}:00:00+00:00"})
        connection.execute(_POSTPONED, {"id": key, "at": at, "before": before})


def test_those_missed_before_are_known_to_have_been(database_url: str) -> None:
    schema._run(database_url, lambda config: command.downgrade(config, "0021"))
    engine = create_engine(database_url)
    with engine.begin() as connection:
        _fill(connection)
    schema._run(database_url, lambda config: command.upgrade(config, "head"))
    with engine.connect() as connection:
        rows = connection.execute(_BREAKS).all()
    hours = {
        row.id: None
        if row.first_broken_at is None
        else row.first_broken_at.astimezone(UTC).hour
        if engine.dialect.name == "postgresql"
        else 12 + (row.first_broken_at - _AT) // 3_600_000_000
        for row in rows
    }
    assert hours == {"broken": 12, "early": None, "late": 11, "open": None}
    engine.dispose()
    schema.check(database_url)
