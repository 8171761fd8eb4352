"""A hub with an audit log comes to the chain: every line that stands there is linked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, select, update

from hub import schema
from hub.accounts.chain.walk import State, Step, take_step, walk
from hub.accounts.tables import audit_log
from hub.core.ids import new_id
from hub.storage import Tx

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_LINES = 1203  # more than two pages


def _to(url: str, revision: str) -> None:
    def move(config: Config) -> None:
        go = command.upgrade if revision == "head" else command.downgrade
        go(config, revision)

    schema._run(url, move)


def test_lines_of_before_are_linked_in_their_order(database_url: str) -> None:
    _to(database_url, "0097")
    engine = create_engine(database_url)
    line = {
        "actor_id": None,
        "actor_name": "王芳",
        "via": "session",
        "address": "",
        "action": "tier.change",
        "object_kind": "customer",
        "object_id": "c1",
    }
    moments = [_AT + timedelta(seconds=n // 3) for n in range(_LINES)]
    rows = [
        {**line, "id": new_id(), "at": at, "detail": {"n": n, "share": n / 7, "big": 1e22}}
        for n, at in enumerate(moments)
    ]
    with engine.begin() as connection:
        connection.execute(insert(audit_log), rows)
    _to(database_url, "head")

    def look() -> State:
        def read(step: Step) -> State:
            with engine.connect() as connection:
                return take_step(Tx(connection, _AT, None), step)

        *_, state = walk(read, State())
        return state

    assert (look().broken, look().seq) == (None, _LINES + 1)
    with engine.begin() as connection:
        begun = select(audit_log.c.detail).where(audit_log.c.action == "audit.begin")
        assert connection.execute(begun).scalar_one() == {"lines": _LINES}
        changed = update(audit_log).where(audit_log.c.id == rows[700]["id"])
        connection.execute(changed.values(actor_name="王方"))
    broken = look().broken
    assert broken is not None
    assert (broken.seq, broken.at) == (701, moments[700])
    engine.dispose()
