"""A hub with mails on their way comes to consent: they are service, and go out."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from hub import schema

_MAIL = text(
    "INSERT INTO outbox (id, channel, entry_point_id, effect, at_most_once, state, attempts,"
    " maybe_duplicate, not_before, created_at)"
    " VALUES ('o1', 'email', 'mail', '{}', false, 'pending', 0, false, :at, :at)"
)
_NO = text(
    "INSERT INTO consents (id, address_kind, address_hash, channel, purpose, allowed, basis,"
    " source, evidence, at) VALUES ('c1', 'email', 'ab', 'any', 'marketing', false, 'withdrawn',"
    " 'link', '{}', :at)"
)


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    schema._run(url, move)


def test_what_was_on_its_way_is_service_and_no_no_is_forgotten(database_url: str) -> None:
    _to(database_url, "0012")
    engine = create_engine(database_url)
    is_postgresql = engine.dialect.name == "postgresql"
    at = "2026-03-10 12:00:00+00:00" if is_postgresql else 1_773_144_000_000_000
    with engine.begin() as connection:
        connection.execute(_MAIL, {"at": at})
    _to(database_url, "head")
    with engine.begin() as connection:
        row = connection.execute(text("SELECT * FROM outbox")).one()
        assert (row.purpose, row.identity_id, row.state) == ("service", None, "pending")
    _to(database_url, "0012")
    _to(database_url, "head")
    with engine.begin() as connection:
        connection.execute(_NO, {"at": at})
    with pytest.raises(RuntimeError, match="noes of customers"):
        _to(database_url, "0012")
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
