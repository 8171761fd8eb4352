"""Numbers that no list calls, whoever's they are: those of a public register, or kept by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, delete, insert, or_, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import NotFound
from hub.customers.normalise import Refusal, parse_dialled
from hub.storage import Tx

from .tables import do_not_call


@dataclass(frozen=True, slots=True)
class AddNumbers:
    """`numbers` as written, read in `region` (ISO 3166). `source`: where they are from."""

    actor: Actor
    numbers: tuple[str, ...]
    source: str
    region: str


class Added(NamedTuple):
    added: int
    known: int
    wrong: list[str]


def add_numbers(tx: Tx, cmd: AddNumbers) -> Added:
    """Keep numbers; return how many are new, and which are none."""
    parsed = [(text, parse_dialled(text, cmd.region)) for text in cmd.numbers]
    wrong = [text for text, number in parsed if isinstance(number, Refusal)]
    good = {number for _, number in parsed if not isinstance(number, Refusal)}
    known = find_forbidden(tx, good)
    fresh = sorted(good - known)
    if fresh:
        made = {"source": cmd.source, "added_at": tx.now, "added_by": cmd.actor.id}
        tx.execute(insert(do_not_call), [{"number": one, **made} for one in fresh])
        detail: dict[str, int | str] = {"added": len(fresh), "source": cmd.source}
        audit(tx, cmd.actor, "do_not_call.add", "do_not_call", "", detail)
    return Added(len(fresh), len(known), wrong)


def find_forbidden(tx: Tx, numbers: Collection[str]) -> set[str]:
    """Return which of these (E.164) no list calls."""
    if not numbers:
        return set()
    found = select(do_not_call.c.number).where(do_not_call.c.number.in_(sorted(numbers)))
    return set(tx.execute(found).scalars())


def remove_number(tx: Tx, asked: tuple[Actor, str]) -> None:
    """Let a number be called again. Raises NotFound."""
    actor, number = asked
    gone = tx.execute(delete(do_not_call).where(do_not_call.c.number == number))
    if not gone.rowcount:
        raise NotFound("That number is not on the list.")
    audit(tx, actor, "do_not_call.remove", "do_not_call", "", {"number": number})


def list_numbers(tx: Tx, limit: int, after: tuple[datetime, str] | None) -> Sequence[Row[Any]]:
    """Return numbers, the newest first, with who added them."""
    table = do_not_call.c
    found = (
        select(do_not_call, users.c.name.label("added_by_name"))
        .outerjoin(users, users.c.id == table.added_by)
        .order_by(table.added_at.desc(), table.number.desc())
        .limit(limit)
    )
    if after is not None:
        at, number = after
        same = and_(table.added_at == at, table.number < number)
        found = found.where(or_(table.added_at < at, same))
    return tx.execute(found).all()
