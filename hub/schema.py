"""The whole schema: every feature's tables, and how a database is brought to it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import create_engine

from hub.storage import leases, outbox  # noqa: F401 - their tables hang on the metadata
from hub.storage import metadata

TABLES = (
    "hub.contacts.tables",
    "hub.contacts.commitments.tables",
    "hub.customers.tables",
    "hub.routing.tables",
    "hub.accounts.tables",
    "hub.knowledge.tables",
    "hub.channels.mailbox.tables",
    "hub.channels.fax.tables",
    "hub.channels.webchat.tables",
    "hub.channels.phone.tables",
)


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema."""
    for name in TABLES:
        try:
            found = find_spec(name)
        except ModuleNotFoundError:
            continue
        if found:
            import_module(name)
    engine = create_engine(url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        if find_spec("hub.storage.search"):
            search = import_module("hub.storage.search")
            if hasattr(search, "create_search"):
                search.create_search(connection)
    engine.dispose()
