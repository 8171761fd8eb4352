"""Whatever somebody does to the audit log past the hub is found; whatever the hub does holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, insert, select, update
from sqlalchemy.pool import StaticPool

from hub.accounts.audit import AccessLines, audit_many, forget_access, forget_details
from hub.accounts.chain.model import GENESIS, Line, Salts, What, link_line
from hub.accounts.chain.tables import audit_head, audit_links
from hub.accounts.chain.walk import State, Step, near_the_end, take_step, walk
from hub.accounts.model import Actor
from hub.accounts.tables import audit_log
from hub.core.ids import new_id
from hub.storage import Tx
from hub.testing.compiled import SharedCompiling

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
ACTIONS = ("user.add", "session.open", "customer.reveal", "outreach.override", "tier.change")
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
details = st.dictionaries(
    words,
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | words | st.floats(-1e30, 1e30),
    max_size=3,
)
written = st.lists(
    st.lists(st.tuples(st.sampled_from(ACTIONS), words, details), min_size=1, max_size=4),
    min_size=2,
    max_size=5,
)


_create_engine = SharedCompiling(create_engine)  # hundreds of logs compile each statement once


class Log:
    """An audit log in memory, one transaction a minute."""

    def __init__(self) -> None:
        self.engine: Engine = _create_engine("sqlite://", poolclass=StaticPool)
        audit_log.metadata.create_all(self.engine, [audit_log, audit_links, audit_head])
        self.now = START

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        self.now += timedelta(minutes=1)
        with self.engine.begin() as connection:
            tx = Tx(connection, self.now, [])
            yield tx
            tx.end()

    def write(self, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        with self.tx() as tx:
            for action, name, detail in acts:
                audit_many(tx, Actor("u1", name, "session"), action, "identity", {"i1": detail})

    def forget(self, *, access: bool, details: bool) -> None:
        with self.tx() as tx:
            if access:
                forget_access(tx, AccessLines(START, "", self.now, 100))
            if details:
                forget_details(tx, "outreach.override", "identity", ["i1"])

    def look(self, begin: State | None = None, limit: int = 3) -> State:
        def read(step: Step) -> State:
            with self.engine.begin() as connection:
                return take_step(Tx(connection, self.now, None), step._replace(limit=limit))

        *_, state = walk(read, begin or State())
        return state

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.engine.begin() as connection:
            ordered = select(table).order_by(*table.primary_key.columns)
            return [dict(row) for row in connection.execute(ordered).mappings()]

    def run(self, statement: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement)


def a_log(transactions: list[Any], *, access: bool, details: bool) -> Log:
    log = Log()
    for acts in transactions[:-1]:
        log.write(acts)
    log.forget(access=access, details=details)
    log.write(transactions[-1])
    return log


@settings(deadline=None)
@given(written, st.booleans(), st.booleans(), st.integers(1, 7))
def test_what_the_hub_writes_and_lets_go_holds(
    transactions: list[Any], access: bool, details: bool, limit: int
) -> None:
    log = a_log(transactions, access=access, details=details)
    state = log.look(limit=limit)
    assert state.broken is None
    assert state.seq == len(log.rows(audit_links))
    assert state.hash == log.rows(audit_head)[0]["hash"]
    assert log.look(State(noted={state.seq: state.hash})).broken is None
    with log.engine.begin() as connection:
        near = near_the_end(Tx(connection, log.now, None), 2)
    assert log.look(near).seq == state.seq


def _other(value: Any, draw: Callable[..., Any]) -> Any:
    """Return a value of the same kind that is another one."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=draw(st.integers(1, 10**9)))
    if isinstance(value, int):
        return value + draw(st.integers(1, 1000))
    if isinstance(value, dict):
        return {**value, "more": draw(words)}
    if value is None:
        return draw(st.sampled_from(["line", "detail", "u2", ""]))
    return draw(st.sampled_from(["", "x", value + "0", value[1:], "user.add", "session.open"]))


def _key(table: Any) -> Any:
    return next(iter(table.primary_key.columns))


def _change(log: Log, draw: Callable[..., Any]) -> None:
    table = draw(st.sampled_from([audit_log, audit_links, audit_head]))
    row = draw(st.sampled_from(log.rows(table)))
    names = [name for name in row if not (table is audit_head and name == "id")]
    name = draw(st.sampled_from(names))
    other = _other(row[name], draw)
    assume(other != row[name])
    assume(name not in ("id", "line_id", "seq") or other not in (r[name] for r in log.rows(table)))
    log.run(update(table).where(_key(table) == row[_key(table).name]).values({name: other}))


def _delete(log: Log, draw: Callable[..., Any]) -> None:
    table = draw(st.sampled_from([audit_log, audit_links]))
    row = draw(st.sampled_from(log.rows(table)))
    log.run(delete(table).where(_key(table) == row[_key(table).name]))


def _delete_both(log: Log, draw: Callable[..., Any]) -> None:
    row = draw(st.sampled_from(log.rows(audit_log)))
    log.run(delete(audit_links).where(audit_links.c.line_id == row["id"]))
    log.run(delete(audit_log).where(audit_log.c.id == row["id"]))


def _swap(log: Log, draw: Callable[..., Any]) -> None:
    table, name = draw(st.sampled_from([(audit_log, "id"), (audit_links, "seq")]))
    rows = log.rows(table)
    assume(len(rows) > 1)
    one, other = draw(st.permutations(rows))[:2]
    same = {key for key in one if one[key] == other[key]} | {name}
    assume(same != set(one))
    for row in (one, other):
        log.run(delete(table).where(table.c[name] == row[name]))
    for row, key in ((one, other[name]), (other, one[name])):
        log.run(insert(table).values(**{**row, name: key}))


def _insert(log: Log, draw: Callable[..., Any]) -> None:
    """A line like another; alone, or with a link right behind one, or behind the newest."""
    row = {**draw(st.sampled_from(log.rows(audit_log))), "id": new_id()}
    log.run(insert(audit_log).values(**row))
    links = log.rows(audit_links)
    if draw(st.booleans()):
        before = links[-1]
        link = link_line(before["seq"] + 1, before["hash"], Line(**row), Salts("a", "b"))
        log.run(insert(audit_links).values(**link._asdict()))


def _mark(log: Log, draw: Callable[..., Any]) -> None:
    """A line is removed and marked as if it had gone lawfully."""
    links = [row for row in log.rows(audit_links) if row["gone"] is None]
    link = draw(st.sampled_from(links))
    by = draw(st.sampled_from([row["line_id"] for row in log.rows(audit_links)] + ["nobody"]))
    marked = {"gone": "line", "gone_by": by, "said_salt": "", "detail_salt": ""}
    log.run(update(audit_links).where(audit_links.c.seq == link["seq"]).values(**marked))
    log.run(delete(audit_log).where(audit_log.c.id == link["line_id"]))


def _cut(log: Log, draw: Callable[..., Any]) -> None:
    """The newest lines are cut off, and their links."""
    links = log.rows(audit_links)
    kept = draw(st.integers(0, len(links) - 1))
    gone = [row["line_id"] for row in links[kept:]]
    log.run(delete(audit_links).where(audit_links.c.seq > kept))
    log.run(delete(audit_log).where(audit_log.c.id.in_(gone)))


CRIMES = (_change, _delete, _delete_both, _swap, _insert, _mark, _cut)


@settings(deadline=None)
@given(written, st.booleans(), st.booleans(), st.sampled_from(CRIMES), st.data())
def test_whatever_is_done_past_the_hub_is_found(
    transactions: list[Any], access: bool, details: bool, crime: Any, data: Any
) -> None:
    log = a_log(transactions, access=access, details=details)
    crime(log, data.draw)
    assert log.look().broken is not None


@settings(deadline=None)
@given(written, st.data())
def test_a_chain_that_is_written_anew_differs_from_what_was_noted(
    transactions: list[Any], data: Any
) -> None:
    """Who can write into the database makes a log that holds; not one that was noted before."""
    log = a_log(transactions, access=False, details=False)
    links = log.rows(audit_links)
    noted = {row["seq"]: row["hash"] for row in data.draw(st.permutations(links))[:1]}
    lines = {row["id"]: Line(**row) for row in log.rows(audit_log)}
    log.run(delete(audit_links))
    seq, newest = 0, GENESIS
    for row in links:
        line = lines[row["line_id"]]
        if seq == 0:
            line = line._replace(actor_name=line.actor_name + "!")
            log.run(update(audit_log).where(audit_log.c.id == line.id).values(line._asdict()))
        link = link_line(seq + 1, newest, line, Salts("a", "b"))
        log.run(insert(audit_links).values(**link._asdict()))
        seq, newest = link.seq, link.hash
    log.run(update(audit_head).values(hash=newest))
    assert log.look().broken is None
    broken = log.look(State(noted=noted)).broken
    assert broken is not None
    assert broken.what == What.NOTED_DIFFERS
