"""Articles come to keys, reviews and learned suggestions: their texts stay, there and back."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from hub import schema

_ARTICLE = text(
    "INSERT INTO articles (id, topic_id, language, question, answer, state, audience, out_of_date,"
    " uses, helpful, not_helpful, created_at, updated_at, version)"
    " VALUES ('a1', 'a1', 'en', 'Refunds', 'In 30 days', 'approved', 'customer', false,"
    " 2, 1, 0, :at, :at, 1)"
)


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    schema._run(url, move)


def test_articles_are_kept_there_and_back(database_url: str) -> None:
    _to(database_url, "0010")
    engine = create_engine(database_url)
    postgresql = engine.dialect.name == "postgresql"
    at = "2026-03-10 12:00:00+00:00" if postgresql else 1_773_144_000_000_000
    with engine.begin() as connection:
        connection.execute(_ARTICLE, {"at": at})
    _to(database_url, "head")
    with engine.begin() as connection:
        row = connection.execute(text("SELECT * FROM articles")).one()
        assert (row.question, row.uses, row.key, row.format) == ("Refunds", 2, None, "plain")
        connection.execute(text("UPDATE articles SET state = 'not_validated', key = 'refund'"))
    _to(database_url, "0010")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM articles")).one()
        assert (row.question, row.state, "key" in row._mapping) == ("Refunds", "draft", False)
    _to(database_url, "head")
    engine.dispose()
    schema.check(database_url)
