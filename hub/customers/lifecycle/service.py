"""Use cases of the lifecycle: looked at, moved by hand, come by somebody's word."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers.changes import check_text, mark_dirty
from hub.customers.reads import get_customer_row, same_customer_ids
from hub.customers.settings import load_customer_settings
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, tx_time

from .model import Axis, Known, Moved, Refused, Rules, Stages, advance, after, move, next_check
from .tables import customer_stages, referrals, stage_moves

MAX_REASON = 200
_MOVE = ("id", "customer_id", "axis", "before", "after", "cause", "evidence", "reason", "at", "by")
_READ = Statement("""
SELECT s.customer_id, s.stage, s.standing, s.loyalty
FROM {rows} JOIN customer_stages s ON s.customer_id = {text 0} ORDER BY s.customer_id {kept s}
""")
_PUT = Statement("""
INSERT INTO customer_stages
  (customer_id, stage, since, standing, standing_since, loyalty, loyalty_since, next_check_at)
SELECT {text 0}, {text 1}, {time :now}, {text 2}, {time :now}, {text 3}, {time :now}, {time 4}
FROM {rows} WHERE true
ON CONFLICT (customer_id) DO UPDATE SET
  since = CASE WHEN customer_stages.stage = excluded.stage THEN customer_stages.since
    ELSE excluded.since END,
  standing_since = CASE WHEN customer_stages.standing = excluded.standing
    THEN customer_stages.standing_since ELSE excluded.standing_since END,
  loyalty_since = CASE WHEN customer_stages.loyalty = excluded.loyalty
    THEN customer_stages.loyalty_since ELSE excluded.loyalty_since END,
  stage = excluded.stage, standing = excluded.standing, loyalty = excluded.loyalty,
  next_check_at = excluded.next_check_at
""")


class MoveRefused(Conflict):
    """The table of moves does not list it."""

    code = "lifecycle.refused"


@dataclass(frozen=True, slots=True)
class MoveStage:
    """Somebody says where a customer stands: an opportunity, or a step only people can judge."""

    actor: Actor
    customer_id: str
    axis: Axis
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class SetReferrer:
    """`referred_id` came by the word of `referrer_id`; None: by nobody's."""

    actor: Actor
    referred_id: str
    referrer_id: str | None
    source: str = "customer"


def load_rules(tx: Tx) -> Rules:
    """Return the set-up's rules of the lifecycle."""
    found = load_customer_settings(tx).lifecycle
    return Rules(
        dormant_after=timedelta(days=found.dormant_after_days),
        lost_after=timedelta(days=found.lost_after_days),
        user_after=timedelta(days=found.user_after_days),
        loyal_orders=found.loyal_orders,
        steps=tuple(step.key for step in found.loyalty),
    )


def digest_of(rules: Rules) -> str:
    """Return by what rules are known to be others."""
    return hashlib.sha256(repr(rules).encode()).hexdigest()


def look_at(tx: Tx, known: Mapping[str, Known], rules: Rules, now: datetime) -> dict[str, Stages]:
    """Put customers where they stand by what is known; return where that is.

    Three statements, however many there are; what stays as it was is not written.
    """
    before = stages_of(tx, sorted(known))
    moves: dict[str, list[Moved]] = {}
    stands: dict[str, Stages] = {}
    for customer_id, one in known.items():
        was = before.get(customer_id)
        moves[customer_id] = advance(was, one, rules, now)
        stands[customer_id] = after(was, moves[customer_id])
    _write(tx, {id_: (stands[id_], next_check(stands[id_], known[id_], rules)) for id_ in known})
    _keep(tx, moves, known)
    return stands


def stages_of(tx: Tx, customer_ids: Sequence[str]) -> dict[str, Stages]:
    """Return where these customers stand, under lock; who was never looked at is left out."""
    rows = _READ(tx, [[customer_id] for customer_id in customer_ids])
    return {row.customer_id: Stages(row.stage, row.standing, row.loyalty) for row in rows}


def move_stage(tx: Tx, cmd: MoveStage) -> None:
    """Move a customer by hand. Raises NotFound, Invalid, Conflict where they were merged into
    another one, MoveRefused where it is not listed.
    """
    row = _get_living(tx, cmd.customer_id)
    reason = check_text(cmd.reason, "reason", MAX_REASON)
    now = stages_of(tx, [row.id]).get(row.id)
    if now is None:
        raise Conflict(
            "Nobody has looked at this customer yet: try again in a moment.",
            code="lifecycle.not_yet",
        )
    moved = move(now, cmd.axis, cmd.to, load_rules(tx))
    if isinstance(moved, Refused):
        could = ", ".join(moved.allowed) or "nothing by hand"
        raise MoveRefused(
            f"From {moved.before} nobody comes to {moved.after}: possible is {could}.",
            before=moved.before,
            after=moved.after,
            allowed=",".join(moved.allowed),
        )
    tx.execute(
        customer_stages.update()
        .where(customer_stages.c.customer_id == row.id)
        .values({cmd.axis.value: cmd.to, _SINCE[cmd.axis]: tx.now})
    )
    _insert_moves(tx, [(row.id, moved, {}, reason, cmd.actor.id)])
    audit(tx, cmd.actor, "customer.stage", "customer", row.id, {"to": cmd.to})
    mark_dirty(tx, [row.id], "stage")
    _tell(tx, [row.id])


_SINCE = {Axis.STAGE: "since", Axis.STANDING: "standing_since", Axis.LOYALTY: "loyalty_since"}


def set_referrer(tx: Tx, cmd: SetReferrer) -> None:
    """Keep by whose word a customer came, also of what was merged into them.

    Raises NotFound, Invalid for oneself or a circle, Conflict where one of them was merged into
    another one.
    """
    _get_living(tx, cmd.referred_id)
    table = referrals.c
    same = same_customer_ids(tx, cmd.referred_id)
    gone = tx.execute(
        delete(referrals)
        .where(table.referred_id.in_(same))
        .returning(table.at, table.referred_id, table.referrer_id)
    ).all()
    first = min(gone, key=lambda row: (row.at, row.referred_id), default=None)
    was = first.referrer_id if first else None  # whom get_referrer named
    if cmd.referrer_id is not None:
        _check_referrer(tx, cmd.referred_id, cmd.referrer_id)
        tx.execute(
            insert(referrals).values(
                referred_id=cmd.referred_id,
                referrer_id=cmd.referrer_id,
                source=check_text(cmd.source, "source", 64),
                at=tx.now,
                by=cmd.actor.id,
            )
        )
    detail = {"referrer": cmd.referrer_id, "before": was}
    audit(tx, cmd.actor, "customer.referrer", "customer", cmd.referred_id, detail)
    changed = {cmd.referred_id, cmd.referrer_id, *(row.referrer_id for row in gone)}
    mark_dirty(tx, [one for one in changed if one is not None], "referral")


def _get_living(tx: Tx, customer_id: str) -> Row[Any]:
    """Return a customer's row, locked. Raises NotFound, Conflict where they became another one."""
    row = get_customer_row(tx, customer_id, for_change=True)
    if row.merged_into_id is not None:
        raise Conflict(
            "This customer was merged into another one: change that one.", code="customer.merged"
        )
    return row


def _check_referrer(tx: Tx, referred_id: str, referrer_id: str) -> None:
    """Nobody came by their own word, nor by that of somebody who came by theirs."""
    if get_customer_row(tx, referrer_id).merged_into_id is not None:
        raise Conflict(
            "This referrer was merged into another one: name that one.", code="referrer.merged"
        )
    at = referrer_id
    for _ in range(100):
        if at == referred_id:
            raise Invalid(
                "These two would have come by each other's word.",
                code="referrer.circle",
                field="referrer_id",
            )
        came_by = _referrer_of(tx, at)
        if came_by is None:
            return
        at = came_by
    raise Invalid(
        "That is a chain of more than a hundred.", code="referrer.chain", field="referrer_id"
    )


def _referrer_of(tx: Tx, customer_id: str) -> str | None:
    """Return by whose word a customer came, as get_referrer does, and who that is today."""
    same = select(customers.c.id).where(
        or_(customers.c.id == customer_id, customers.c.merged_into_id == customer_id)
    )
    came_by = customers.alias("came_by")
    found: str | None = tx.execute(
        select(func.coalesce(came_by.c.merged_into_id, came_by.c.id))
        .select_from(referrals.join(came_by, came_by.c.id == referrals.c.referrer_id))
        .where(referrals.c.referred_id.in_(same))
        .order_by(referrals.c.at, referrals.c.referred_id)
        .limit(1)
    ).scalar_one_or_none()
    return found


def list_moves(tx: Tx, customer_id: str, limit: int = 100) -> Sequence[Row[Any]]:
    """Return the moves of a customer and of what was merged into them, the newest first."""
    table = stage_moves.c
    return tx.execute(
        select(stage_moves, users.c.name.label("by_name"))
        .outerjoin(users, users.c.id == table.by)
        .where(table.customer_id.in_(same_customer_ids(tx, customer_id)))
        .order_by(table.at.desc(), table.id.desc())
        .limit(limit)
    ).all()


def get_stages(tx: Tx, customer_id: str) -> Row[Any] | None:
    """Return where a customer stands and since when; None: nobody has looked yet."""
    return tx.execute(
        select(customer_stages).where(customer_stages.c.customer_id == customer_id)
    ).first()


def get_referrer(tx: Tx, customer_id: str) -> Row[Any] | None:
    """Return by whose word a customer came."""
    return tx.execute(
        select(referrals, customers.c.name.label("referrer_name"))
        .join(customers, customers.c.id == referrals.c.referrer_id)
        .where(referrals.c.referred_id.in_(same_customer_ids(tx, customer_id)))
        .order_by(referrals.c.at, referrals.c.referred_id)
        .limit(1)
    ).first()


def _write(tx: Tx, stands: Mapping[str, tuple[Stages, datetime | None]]) -> None:
    rows = [
        [id_, stages.stage, stages.standing, stages.loyalty, due and tx_time(tx, due)]
        for id_, (stages, due) in sorted(stands.items())
    ]
    if rows:
        _PUT(tx, rows, now=tx_time(tx, tx.now))


def _keep(tx: Tx, moves: Mapping[str, Sequence[Moved]], known: Mapping[str, Known]) -> None:
    made = [
        (customer_id, one, _evidence(known[customer_id]), "", None)
        for customer_id, of in sorted(moves.items())
        for one in of
    ]
    _insert_moves(tx, made)
    _tell(tx, [id_ for id_, of in moves.items() if any(one.before is not None for one in of)])


def _insert_moves(
    tx: Tx, made: Sequence[tuple[str, Moved, Mapping[str, Any], str, str | None]]
) -> None:
    rows = [
        (new_id(), id_, one.axis.value, one.before, one.after, one.cause.value, dict(evidence),
         reason, tx.now, by)
        for id_, one, evidence, reason, by in made
    ]  # fmt: skip
    insert_values(tx, stage_moves, _MOVE, rows)


def _evidence(known: Known) -> dict[str, Any]:
    """The figures a move was made by: what is nothing is left out."""
    found = known._asdict()
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
        if value
    }


def _tell(tx: Tx, customer_ids: Sequence[str]) -> None:
    for customer_id in customer_ids:
        tx.hint("customer.changed", customer_id)
        tx.hint("customer.stage_moved", customer_id)
