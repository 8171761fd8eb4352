"""The audit log: whether its newest lines are those that were written."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from hub.accounts.chain.tables import audit_head
from hub.accounts.chain.walk import State, near_the_end, take_step, walk
from hub.accounts.chain.words import say_broken
from hub.core.findings import Finding, fault, well
from hub.settings import Settings
from hub.storage import Tx

from .database import read_there

_PART = "audit log"
_NEWEST = 2_000
_MEND = "hub audit verify looks at all of it; find who can write into the database past the hub"


def check_audit(settings: Settings) -> Iterator[Finding]:
    """Look at the newest lines and the head; nothing without a database."""
    try:
        state = read_there(settings, _look, audit_head)
    except SQLAlchemyError:
        return  # `check_database` says so
    if state is None:
        return
    if state.broken is not None:
        yield fault(_PART, f"not what was written: {say_broken(state.broken)}", _MEND)
        return
    yield well(_PART, f"the newest of {state.seq} lines are as they were written")


def _look(tx: Tx, _: Settings) -> State:
    return list(walk(lambda step: take_step(tx, step), near_the_end(tx, _NEWEST)))[-1]
