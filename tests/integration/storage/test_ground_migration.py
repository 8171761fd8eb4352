"""A hub with customers comes to branches: nobody is lost, and everybody still sees everybody."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from hub import schema

_ADD = text(
    "INSERT INTO customers (id, kind, name, tier, tier_source, tier_set_at, source,"
    " created_at, updated_at, version)"
    " VALUES ('c1', 'person', 'Chen', 'gold', 'manual', :at, 'shop', :at, :at, 3)"
)
_TEAM = text("INSERT INTO teams (id, zh, en, retired) VALUES ('t1', '一', 'One', false)")


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    schema._run(url, move)


def test_customers_and_teams_are_kept_there_and_back(database_url: str) -> None:
    _to(database_url, "0009")
    engine = create_engine(database_url)
    at = (
        "2026-03-10 12:00:00+00:00"
        if engine.dialect.name == "postgresql"
        else 1_773_144_000_000_000
    )
    with engine.begin() as connection:
        connection.execute(_ADD, {"at": at})
        connection.execute(_TEAM)
    _to(database_url, "head")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM customers")).one()
        assert (row.name, row.version, row.branch_id, row.indexed_as) == ("Chen", 3, None, 1)
        team = connection.execute(text("SELECT * FROM teams")).one()
        assert (team.en, bool(team.is_branch), bool(team.sees_all)) == ("One", False, False)
    _to(database_url, "0009")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM customers")).one()
        assert (row.name, "branch_id" in row._mapping) == ("Chen", False)
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
