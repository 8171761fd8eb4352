"""A hub with customers and keys comes to orders: nothing is lost, and products can be searched."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from hub import schema
from hub.core.text import Query
from hub.storage.search import match_expression

from .test_ground_migration import _ADD, _to

_USER = text(
    "INSERT INTO users (id, email, name, role, password_hash, language, theme, settings,"
    " created_at, password_changed_at, version)"
    " VALUES ('u1', 'li@example.com', 'Li', 'admin', '', 'en', 'auto', '{}', :at, :at, 1)"
)
_KEY = text(
    "INSERT INTO api_keys (id, user_id, name, hint, key_sha256, created_at)"
    " VALUES ('k1', 'u1', 'shop', 'chk_', 'abc', :at)"
)
_ORDER = text(
    "INSERT INTO orders (id, source, external_id, customer_id, customer_external_id, ordered_at,"
    " amount_minor, currency, state, state_at, received_at)"
    " VALUES ('o1', 'shop', 'A-1', 'c1', '10023', :at, 12900, 'CNY', 'paid', :at, :at)"
)


def test_customers_and_keys_are_kept_and_products_can_be_searched(database_url: str) -> None:
    _to(database_url, "0010")
    engine = create_engine(database_url)
    postgresql = engine.dialect.name == "postgresql"
    at = "2026-03-10 12:00:00+00:00" if postgresql else 1_773_144_000_000_000
    with engine.begin() as connection:
        for table in ("search_products", "search_products_docs"):  # as a hub of 0010 is
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
        for statement in (_ADD, _USER, _KEY):
            connection.execute(statement, {"at": at})
    _to(database_url, "head")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT scope FROM api_keys")).scalar_one() is None
        connection.execute(_ORDER, {"at": at})
        row = connection.execute(text("SELECT revision, cost_minor FROM orders")).one()
        assert tuple(row) == (0, None)
        asked = match_expression(Query(("kettle",), True), engine.dialect.name)
        column = "tokens @@ CAST(:q AS tsquery)" if postgresql else "search_products MATCH :q"
        search = text(f"SELECT 1 FROM search_products WHERE {column}")  # noqa: S608 - our own text
        found = connection.execute(search, {"q": asked})
        assert found.first() is None
    _to(database_url, "0010")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM api_keys")).one()
        assert (row.name, "scope" in row._mapping) == ("shop", False)
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
