"""A hub with orders comes to values: what changed tiers is kept, and can be taken back."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from hub import schema

from .test_ground_migration import _ADD, _to

_CHANGE = text(
    "INSERT INTO customer_tier_changes (id, customer_id, before, after, source, reason, changed_at)"
    " VALUES ('t1', 'c1', 'standard', 'gold', 'manual', 'a fair', :at)"
)


def test_tiers_that_were_given_are_kept_and_have_no_inputs(database_url: str) -> None:
    _to(database_url, "0014")
    engine = create_engine(database_url)
    at = (
        "2026-03-10 12:00:00+00:00"
        if engine.dialect.name == "postgresql"
        else 1_773_144_000_000_000
    )
    with engine.begin() as connection:
        for statement in (_ADD, _CHANGE):
            connection.execute(statement, {"at": at})
    _to(database_url, "head")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM customer_tier_changes")).one()
        assert (row.after, row.run_id, row.rules_version, row.inputs) == ("gold", None, None, None)
        assert connection.execute(text("SELECT count(*) FROM tier_runs")).scalar_one() == 0
    _to(database_url, "0014")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM customer_tier_changes")).one()
        assert (row.after, "run_id" in row._mapping) == ("gold", False)
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
