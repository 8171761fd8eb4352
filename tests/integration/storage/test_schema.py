from __future__ import annotations

from hub import schema


def test_the_tables_in_the_code_are_those_of_the_history(database_url: str) -> None:
    schema.check(database_url)


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.check(database_url)
