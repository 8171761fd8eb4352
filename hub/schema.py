"""The whole schema: every feature's tables, and how a database is brought to it by Alembic."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from hub.core.errors import Unavailable
from hub.storage import metadata

_MIGRATIONS = Path(__file__).parent / "storage" / "migrations"
_TABLES = (
    "hub.storage.blob_rounds",
    "hub.storage.leases",
    "hub.storage.outbox",
    "hub.accounts.tables",
    "hub.accounts.chain.tables",
    "hub.customers.tables",
    "hub.customers.merging.tables",
    "hub.customers.business.tables",
    "hub.customers.value.tables",
    "hub.customers.ownership.tables",
    "hub.customers.lifecycle.tables",
    "hub.customers.groups.tables",
    "hub.customers.allocation.tables",
    "hub.customers.plans.tables",
    "hub.customers.consent.tables",
    "hub.customers.holds.tables",
    "hub.customers.imports.tables",
    "hub.contacts.tables",
    "hub.contacts.blocks.tables",
    "hub.contacts.by_mail.tables",
    "hub.contacts.proving.tables",
    "hub.contacts.joining.tables",
    "hub.contacts.keeping.tables",
    "hub.contacts.lost.tables",
    "hub.contacts.complaints.tables",
    "hub.contacts.guests.tables",
    "hub.contacts.notes.tables",
    "hub.contacts.outages.tables",
    "hub.contacts.outreach.tables",
    "hub.contacts.panel.tables",
    "hub.contacts.pbx.tables",
    "hub.contacts.recordings.tables",
    "hub.contacts.commitments.tables",
    "hub.contacts.research.tables",
    "hub.contacts.tags.tables",
    "hub.contacts.later.tables",
    "hub.contacts.words.tables",
    "hub.routing.tables",
    "hub.callbacks.tables",
    "hub.campaigns.tables",
    "hub.phone_lists.tables",
    "hub.routing.laws.tables",
    "hub.routing.sla.tables",
    "hub.knowledge.tables",
    "hub.desk.macros.tables",
    "hub.setup.tables",
    "hub.agent_console.views.tables",
    "hub.channels.mailbox.tables",
    "hub.channels.fax.tables",
    "hub.channels.webchat.tables",
    "hub.channels.phone.tables",
    "hub.channels.phone.guests.tables",
    "hub.channels.phone.recording.tables",
    "hub.channels.sms.tables",
    "hub.channels.cti.tables",
)


def all_tables() -> MetaData:
    """Return the metadata with the tables of every feature."""
    for name in _TABLES:
        import_module(name)
    return metadata


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema; nothing happens where it is.

    Raises Unavailable when it does not answer, has no room, or is of a newer hub.
    """
    shown = make_url(url).render_as_string(hide_password=True)
    try:
        known, held = _revisions(), _held(url)
        if not known.issuperset(held):
            raise Unavailable(
                f"The database {shown} was made by a newer hub (schema {', '.join(held)}, this one "
                f"knows {max(known)} at the most). Start that hub, or bring the backup back that "
                "was made before the upgrade."
            )
        if held != (max(known),):
            _run(url, lambda config: command.upgrade(config, "head"))
    except OperationalError as error:
        why = str(error.orig).splitlines()[0]
        raise Unavailable(
            f"The database {shown} cannot be used: {why}. Start it or give it room, or set "
            "database_url; hub doctor says more."
        ) from error


def _revisions() -> set[str]:
    """Return the numbers of all revisions, by the names of their files: each start asks, and none
    has to be loaded for it.
    """
    files = (_MIGRATIONS / "versions").glob("[0-9]*.py")
    return {file.name.partition("_")[0] for file in files}


def _held(url: str) -> tuple[str, ...]:
    """Return the revision that a database is at; () for an empty one."""
    engine = _open(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Raise if the tables in the code differ from the newest schema (alembic check)."""

    def compare(config: Config) -> None:
        config.attributes["metadata"] = all_tables()
        command.check(config)

    _run(url, compare)


def revise(url: str, message: str) -> None:
    """Write a new revision from the difference between the code and the database at `url`."""

    def generate(config: Config) -> None:
        config.attributes["metadata"] = all_tables()
        command.revision(config, message, autogenerate=True)

    _run(url, generate)


def _run(url: str, work: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    engine = _open(url)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            work(config)
            connection.commit()
    finally:
        engine.dispose()


def _open(url: str) -> Engine:
    """An engine whose transactions hold the schema too, so that one stopped half-way never was.

    Left alone, Python's driver begins none before a CREATE or ALTER, and SQLite then waits for the
    disk after each: https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#serializable-isolation
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # the driver begins nothing by itself

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine
