"""The whole chain held against the log, in steps of bounded size; the first break ends it.

A step is one short reading transaction; what is written meanwhile does not disturb: the walk goes
up to the link that was the newest when it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, Select, select

from hub.accounts.tables import audit_log
from hub.storage import Tx

from .model import FORGET, GENESIS, Line, Link, What, check_link, digest_gone
from .tables import audit_head, audit_links

PAGE = 500
_SEQS = 1000  # of what went, held at once


class Phase(StrEnum):
    """What the next step looks at."""

    BEGIN = "begin"
    LINKS = "links"
    LINES = "lines"  # is there one without a link
    END = "end"
    DONE = "done"


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where log and chain differ. `seq`: of the link, 0 for a line without one.

    `at`: when it was written, where that is known. `action`: what the log says was done.
    """

    what: What
    seq: int
    at: datetime | None = None
    action: str = ""
    line_id: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a walk is: `seq` and `hash` of the last link that holds, written `at`.

    `until_seq`, `until_hash`: the newest link when it began. `noted`: hashes by number, as they
    were noted elsewhere.
    """

    phase: Phase = Phase.BEGIN
    seq: int = 0
    hash: str = GENESIS
    at: datetime | None = None
    until_seq: int = 0
    until_hash: str = GENESIS
    last_id: str = ""  # of the log, where lines are looked at
    whole: bool = True  # from the first link on, and no line without a link
    noted: Mapping[int, str] = {}
    broken: Broken | None = None

    @property
    def is_done(self) -> bool:
        return self.phase == Phase.DONE


class Head(NamedTuple):
    seq: int
    hash: str


class Step(NamedTuple):
    """The next step of a walk, over at most `limit` links or lines."""

    state: State
    limit: int = PAGE


def take_step(tx: Tx, step: Step) -> State:
    """Take the next step of a walk and return where it is then."""
    state = step.state
    return state if state.is_done else _STEPS[state.phase](tx, state, step.limit)


def walk(read: Callable[[Step], State], state: State) -> Iterator[State]:
    """Yield the walk's state after each step until it is done. `read` takes the step."""
    while not state.is_done:
        state = read(Step(state))
        yield state


def find_head(tx: Tx, _: None = None) -> Head | None:
    """Return the newest link as it was written last; None before the first line."""
    row = tx.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    return None if row is None else Head(row.seq, row.hash)


def near_the_end(tx: Tx, count: int) -> State:
    """Return a walk over the newest `count` links, which takes the one before them as it is."""
    head = find_head(tx)
    after = 0 if head is None else max(0, head.seq - count)
    found = select(audit_links.c.hash).where(audit_links.c.seq == after)
    known: str | None = tx.execute(found).scalar_one_or_none() if after else None
    state = State() if known is None else State(seq=after, hash=known)
    return msgspec.structs.replace(state, whole=False)


def _begin(tx: Tx, state: State, _: int) -> State:
    head = find_head(tx) or Head(0, GENESIS)
    return msgspec.structs.replace(
        state, phase=Phase.LINKS, until_seq=head.seq, until_hash=head.hash
    )


def _links(tx: Tx, state: State, limit: int) -> State:
    rows = tx.execute(_next_links(state, limit)).all()
    for row in rows:
        link, line = _link_of(row), _line_of(row)
        what = check_link(link, state.seq + 1, state.hash, line, told=row.told)
        what = what or _check_noted(state, link) or _check_told(tx, link, line)
        if what == What.LINK_MISSING:
            return _broken(state, what, state.seq + 1)
        if what is not None:
            return _broken(state, what, link.seq, link)
        state = msgspec.structs.replace(state, seq=link.seq, hash=link.hash, at=link.at)
    return state if rows else _at_the_head(state)


def _at_the_head(state: State) -> State:
    """Every link there is until the newest was looked at: is it the newest."""
    if state.seq < state.until_seq:
        return _broken(state, What.LINK_MISSING, state.seq + 1)
    if state.hash != state.until_hash:
        return _broken(state, What.HEAD_DIFFERS, state.seq)
    later = [seq for seq in state.noted if seq > state.seq]
    if later:
        return _broken(state, What.NOTED_DIFFERS, min(later))
    phase = Phase.LINES if state.whole else Phase.END
    return msgspec.structs.replace(state, phase=phase)


def _lines(tx: Tx, state: State, limit: int) -> State:
    log, links = audit_log.c, audit_links.c
    rows = tx.execute(
        select(log.id, log.at, log.action, links.seq)
        .select_from(audit_log.outerjoin(audit_links, links.line_id == log.id))
        .where(log.id > state.last_id)
        .order_by(log.id)
        .limit(limit)
    ).all()
    for row in rows:
        if row.seq is None:
            broken = Broken(
                what=What.LINE_ADDED, seq=0, at=row.at, action=row.action, line_id=row.id
            )
            return msgspec.structs.replace(state, phase=Phase.DONE, broken=broken)
    if rows:
        return msgspec.structs.replace(state, last_id=rows[-1].id)
    return msgspec.structs.replace(state, phase=Phase.END)


def _end(tx: Tx, state: State, _: int) -> State:
    """Is the newest link still the one that was written last: in one statement, for one moment."""
    links = audit_links.c
    newest = select(links.seq, links.hash).order_by(links.seq.desc()).limit(1).subquery()
    head = select(audit_head.c.seq, audit_head.c.hash).subquery()
    row = tx.execute(
        select(
            newest.c.seq, newest.c.hash, head.c.seq.label("head"), head.c.hash.label("noted")
        ).select_from(newest.outerjoin(head, head.c.seq >= 0))
    ).one_or_none()
    if row is not None and (row.seq, row.hash) != (row.head, row.noted):
        return _broken(state, What.HEAD_DIFFERS, row.seq)
    return msgspec.structs.replace(state, phase=Phase.DONE)


_STEPS = {Phase.BEGIN: _begin, Phase.LINKS: _links, Phase.LINES: _lines, Phase.END: _end}


def _next_links(state: State, limit: int) -> Select[Any]:
    """The next links, each with its line, and whether a later line says what went of it."""
    links, log, later = audit_links.c, audit_log.c, audit_links.alias("later")
    told = (later.c.seq > links.seq) & (later.c.action == FORGET)
    return (
        select(
            *(links[name] for name in Link._fields),
            *(log[name].label(f"line_{name}") for name in Line._fields if name != "id"),
            log.id.label("there"),
            later.c.seq.is_not(None).label("told"),
        )
        .select_from(
            audit_links.outerjoin(audit_log, log.id == links.line_id).outerjoin(
                later, (later.c.line_id == links.gone_by) & told
            )
        )
        .where(links.seq > state.seq, links.seq <= state.until_seq)
        .order_by(links.seq)
        .limit(limit)
    )


def _link_of(row: Row[Any]) -> Link:
    return Link._make(row[: len(Link._fields)])


def _line_of(row: Row[Any]) -> Line | None:
    if row.there is None:
        return None
    rest = row[len(Link._fields) : len(Link._fields) + len(Line._fields) - 1]
    return Line(row.there, *rest)


def _check_noted(state: State, link: Link) -> What | None:
    return None if state.noted.get(link.seq, link.hash) == link.hash else What.NOTED_DIFFERS


def _check_told(tx: Tx, link: Link, line: Line | None) -> What | None:
    """Whether exactly those went of which a line says so."""
    if link.action != FORGET or line is None:
        return None
    told = (line.detail.get("what"), line.detail.get("lines"), line.detail.get("sha256"))
    kinds: set[str] = set()
    count, sha256 = digest_gone(_gone_by(tx, line.id, kinds))
    return None if kinds <= {told[0]} and told[1:] == (count, sha256) else What.GONE_DIFFERS


def _gone_by(tx: Tx, line_id: str, kinds: set[str]) -> Iterator[int]:
    """Yield the numbers of the links of which something went by a line; add what to `kinds`."""
    links, last = audit_links.c, 0
    while True:
        rows = tx.execute(
            select(links.seq, links.gone)
            .where(links.gone_by == line_id, links.seq > last)
            .order_by(links.seq)
            .limit(_SEQS)
        ).all()
        for row in rows:
            kinds.add(row.gone)
            yield row.seq
        if len(rows) < _SEQS:
            return
        last = rows[-1].seq


def _broken(state: State, what: What, seq: int, link: Link | None = None) -> State:
    broken = Broken(what=what, seq=seq)
    if link is not None:
        broken = Broken(what=what, seq=seq, at=link.at, action=link.action, line_id=link.line_id)
    return msgspec.structs.replace(state, phase=Phase.DONE, broken=broken)
