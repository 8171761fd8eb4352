"""Transactions of faxes on their way out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from hub.contacts.references import new_reference
from hub.storage import Tx

from .tables import fax_jobs

# Gateways try for hours; a result later than this is matched by its tag only.
_RECENT = timedelta(days=3)


class NewJob(NamedTuple):
    interaction_id: str
    conversation_id: str
    entry_point_id: str
    number: str
    pages: int


class Job(NamedTuple):
    """A fax of ours. `pages`: how many it had when it left."""

    interaction_id: str
    tag: str
    conversation_id: str
    entry_point_id: str
    number: str
    pages: int


class OpenJobs(NamedTuple):
    entry_point_id: str


_COLUMNS = (
    fax_jobs.c.interaction_id,
    fax_jobs.c.tag,
    fax_jobs.c.conversation_id,
    fax_jobs.c.entry_point_id,
    fax_jobs.c.number,
    fax_jobs.c.pages,
)


def keep_job(tx: Tx, cmd: NewJob) -> Job:
    """Remember a fax before it leaves; the same interaction again keeps its tag."""
    row = tx.execute(
        select(*_COLUMNS).where(fax_jobs.c.interaction_id == cmd.interaction_id)
    ).first()
    if row is not None:
        return _job(row)
    tag = new_reference().replace("-", "")
    tx.execute(insert(fax_jobs).values(**cmd._asdict(), tag=tag, created_at=tx.now))
    return Job(cmd.interaction_id, tag, *cmd[1:])


def find_job_by_tag(tx: Tx, tag: str) -> Job | None:
    """Return the fax with this tag, ended or not."""
    row = tx.execute(select(*_COLUMNS).where(fax_jobs.c.tag == tag)).first()
    return None if row is None else _job(row)


def find_job(tx: Tx, interaction_id: str) -> Job | None:
    row = tx.execute(select(*_COLUMNS).where(fax_jobs.c.interaction_id == interaction_id)).first()
    return None if row is None else _job(row)


def list_open_jobs(tx: Tx, ask: OpenJobs) -> Sequence[Job]:
    """Return the faxes of the last days that still wait for a result, newest first."""
    rows = tx.execute(
        select(*_COLUMNS)
        .where(
            fax_jobs.c.entry_point_id == ask.entry_point_id,
            fax_jobs.c.ended_at.is_(None),
            fax_jobs.c.created_at > tx.now - _RECENT,
        )
        .order_by(fax_jobs.c.created_at.desc())
        .limit(200)
    )
    return [_job(row) for row in rows]


def end_job(tx: Tx, interaction_id: str) -> None:
    """The result came: nothing more is waited for."""
    tx.execute(
        update(fax_jobs)
        .where(fax_jobs.c.interaction_id == interaction_id, fax_jobs.c.ended_at.is_(None))
        .values(ended_at=tx.now)
    )


def _job(row: Row[Any]) -> Job:
    return Job(**row._mapping)
