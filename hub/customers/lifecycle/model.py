"""Where a customer stands: three tables of moves, and what is known that makes them. Pure.

`stage` is how far they have come, `standing` how they buy since, `loyalty` a step of the set-up's
ladder. Whoever is looked at for the first time is put where they belong; from then on only listed
moves are made, over every state on the way, each with its cause.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Axis(StrEnum):
    STAGE = "stage"
    STANDING = "standing"
    LOYALTY = "loyalty"


class Stage(StrEnum):
    UNIDENTIFIED = "unidentified"
    PROSPECT = "prospect"  # we know who they are
    OPPORTUNITY = "opportunity"  # they want something: a quote stands, or somebody says so
    ORDERING = "ordering"  # ordered, and nothing has arrived yet
    USER = "user"


class Standing(StrEnum):
    NONE = "none"  # has bought nothing
    FIRST_TIME = "first_time"
    REPEAT = "repeat"
    LOYAL = "loyal"
    ADVOCATE = "advocate"  # somebody came by their word
    DORMANT = "dormant"
    LOST = "lost"


class Cause(StrEnum):
    """Why a move was made."""

    FIRST_LOOK = "first_look"
    IDENTIFIED = "identified"
    QUOTED = "quoted"
    ORDERED = "ordered"
    DELIVERED = "delivered"
    ORDERS_GONE = "orders_gone"  # cancelled, returned, or another customer's
    REORDERED = "reordered"
    MANY_ORDERS = "many_orders"
    REFERRED = "referred"  # a customer came by their word
    REFERRAL_GONE = "referral_gone"
    SILENT = "silent"  # no order for so long
    CAME_BACK = "came_back"
    SATISFIED = "satisfied"
    LESS = "less"  # what held them there holds no longer
    BY_HAND = "by_hand"


# An unlisted pair is refused. Back to where they were is for what is taken back: orders, mistakes.
MOVES: Mapping[str, frozenset[str]] = {
    Stage.UNIDENTIFIED: frozenset({Stage.PROSPECT}),
    Stage.PROSPECT: frozenset({Stage.OPPORTUNITY, Stage.ORDERING}),
    Stage.OPPORTUNITY: frozenset({Stage.PROSPECT, Stage.ORDERING}),
    Stage.ORDERING: frozenset({Stage.USER, Stage.OPPORTUNITY, Stage.PROSPECT}),
    Stage.USER: frozenset({Stage.ORDERING, Stage.OPPORTUNITY, Stage.PROSPECT}),
}
STANDING_MOVES: Mapping[str, frozenset[str]] = {
    Standing.NONE: frozenset({Standing.FIRST_TIME}),
    Standing.FIRST_TIME: frozenset(
        {Standing.NONE, Standing.REPEAT, Standing.ADVOCATE, Standing.DORMANT}
    ),
    Standing.REPEAT: frozenset(
        {Standing.FIRST_TIME, Standing.LOYAL, Standing.ADVOCATE, Standing.DORMANT}
    ),
    Standing.LOYAL: frozenset({Standing.REPEAT, Standing.ADVOCATE, Standing.DORMANT}),
    Standing.ADVOCATE: frozenset(
        {Standing.FIRST_TIME, Standing.REPEAT, Standing.LOYAL, Standing.DORMANT}
    ),
    Standing.DORMANT: frozenset({Standing.LOST, Standing.FIRST_TIME, Standing.REPEAT}),
    Standing.LOST: frozenset({Standing.DORMANT, Standing.FIRST_TIME, Standing.REPEAT}),
}
# What a person may say; the rest follows from what is known, and would be taken back at once.
BY_HAND = frozenset({Stage.PROSPECT, Stage.OPPORTUNITY})


class Known(NamedTuple):
    """What is known of a customer. Times UTC; `satisfaction` a mean of 1 to 5."""

    identified: bool = False
    quotes: int = 0  # that stand
    orders: int = 0  # that count
    delivered: int = 0
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None
    referrals: int = 0  # customers who came by their word
    satisfaction: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The set-up's. `steps`: the keys of the ladder of loyalty, lowest first."""

    dormant_after: timedelta
    lost_after: timedelta
    user_after: timedelta  # an order so old has arrived, where nobody says otherwise
    loyal_orders: int
    steps: tuple[str, ...]


class Stages(NamedTuple):
    stage: str
    standing: str
    loyalty: str


class Moved(NamedTuple):
    """`before` None: looked at for the first time."""

    axis: Axis
    before: str | None
    after: str
    cause: Cause


class Refused(NamedTuple):
    """The table does not list this move, or nobody makes it by hand."""

    before: str
    after: str
    allowed: tuple[str, ...]


def advance(before: Stages | None, known: Known, rules: Rules, now: datetime) -> list[Moved]:
    """Return the moves that bring a customer to where they stand by what is known at `now`."""
    stage = _stage(None if before is None else before.stage, known, rules, now)
    standing = _standing(known, rules, now)
    if before is None:
        target = Stages(stage, standing, _loyalty(None, stage, standing, known, rules))
        return [
            Moved(axis, None, after, Cause.FIRST_LOOK)
            for axis, after in zip(Axis, target, strict=True)
        ]
    loyalty = _loyalty(before.loyalty, stage, standing, known, rules)
    return [
        *_moves(Axis.STAGE, MOVES, before.stage, stage),
        *_moves(Axis.STANDING, STANDING_MOVES, before.standing, standing),
        *_moves(Axis.LOYALTY, loyalty_moves(rules.steps), before.loyalty, loyalty),
    ]


def move(before: Stages, axis: Axis, after: str, rules: Rules) -> Moved | Refused:
    """Return the move that a person asks for, or what they may ask for instead.

    A step of loyalty for which the hub has no measure is given by hand alone.
    """
    now, allowed = getattr(before, axis.value), by_hand(before, axis, rules)
    if after not in allowed:
        return Refused(now, after, allowed)
    return Moved(axis, now, after, Cause.BY_HAND)


def by_hand(before: Stages, axis: Axis, rules: Rules) -> tuple[str, ...]:
    """Return where a person may put somebody who stands here, in alphabetical order."""
    table: Mapping[str, frozenset[str]] = MOVES
    mine: frozenset[str] = BY_HAND if axis is Axis.STAGE else frozenset()
    if axis is Axis.LOYALTY:
        table, mine = loyalty_moves(rules.steps), frozenset(rules.steps) - MEASURES.keys()
    return tuple(sorted(table.get(getattr(before, axis.value), frozenset()) & mine))


def next_check(stages: Stages, known: Known, rules: Rules) -> datetime | None:
    """Return when time alone moves this customer; None: never."""
    due = []
    if stages.stage == Stage.ORDERING and known.first_order_at is not None:
        due.append(known.first_order_at + rules.user_after)
    if stages.standing not in (Standing.NONE, Standing.LOST) and known.last_order_at is not None:
        dormant = stages.standing == Standing.DORMANT
        due.append(known.last_order_at + (rules.lost_after if dormant else rules.dormant_after))
    return min(due, default=None)


def after(before: Stages | None, moves: Sequence[Moved]) -> Stages:
    """Return where somebody stands once these moves are made."""
    now: dict[str, str] = {} if before is None else before._asdict()
    now |= {one.axis.value: one.after for one in moves}
    return Stages(**now)


def loyalty_moves(steps: Sequence[str]) -> dict[str, frozenset[str]]:
    """Up one step at a time, down any number."""
    return {
        step: frozenset({*steps[:place], *steps[place + 1 : place + 2]})
        for place, step in enumerate(steps)
    }


def _stage(before: str | None, known: Known, rules: Rules, now: datetime) -> str:
    if known.orders > 0:
        old = known.first_order_at is not None and now - known.first_order_at >= rules.user_after
        return Stage.USER if known.delivered > 0 or old else Stage.ORDERING
    if known.quotes > 0 or before == Stage.OPPORTUNITY:
        return Stage.OPPORTUNITY
    if known.identified or before not in (None, Stage.UNIDENTIFIED):
        return Stage.PROSPECT
    return Stage.UNIDENTIFIED


def _standing(known: Known, rules: Rules, now: datetime) -> str:
    if known.orders <= 0 or known.last_order_at is None:
        return Standing.NONE
    silent = now - known.last_order_at
    if silent >= rules.lost_after:
        return Standing.LOST
    if silent >= rules.dormant_after:
        return Standing.DORMANT
    if known.referrals > 0:
        return Standing.ADVOCATE
    if known.orders >= max(rules.loyal_orders, 3) and not _is_low(known):
        return Standing.LOYAL
    return Standing.REPEAT if known.orders > 1 else Standing.FIRST_TIME


def _is_low(known: Known) -> bool:
    """1 and 2 of 5: somebody who would go (knowledge.md, satisfaction)."""
    return known.satisfaction is not None and known.satisfaction <= 2


class _At(NamedTuple):
    stage: str
    standing: str
    known: Known


_BUYS = frozenset({Standing.REPEAT, Standing.LOYAL, Standing.ADVOCATE})
_INTERESTED = frozenset({Stage.OPPORTUNITY, Stage.ORDERING, Stage.USER})
# By the keys of the set-up's usual ladder. A step of another name has no measure.
MEASURES: Mapping[str, Callable[[_At], bool]] = {
    "unaware": lambda at: True,
    "aware": lambda at: at.known.identified or at.known.orders > 0,
    "interested": lambda at: at.stage in _INTERESTED,
    "first_time": lambda at: at.known.orders > 0,
    "satisfied": lambda at: at.known.orders > 0 and (at.known.satisfaction or 0) >= 4,
    "repeat": lambda at: at.known.orders > 1,
    "preferring": lambda at: at.known.orders > 2 and at.standing in _BUYS,
    "committed": lambda at: (
        at.standing in (Standing.LOYAL, Standing.ADVOCATE) and at.known.orders > 2
    ),
    "advocate": lambda at: at.standing == Standing.ADVOCATE,
}


def _loyalty(before: str | None, stage: str, standing: str, known: Known, rules: Rules) -> str:
    at = _At(stage, standing, known)
    reached = [
        place
        for place, step in enumerate(rules.steps)
        if (measure := MEASURES.get(step)) is not None and measure(at)
    ]
    target = max(reached, default=0)
    if before in rules.steps and before not in MEASURES:  # given by hand: only more than it counts
        target = max(target, rules.steps.index(before))
    return rules.steps[target]


_CAUSES: Mapping[str, Cause] = {
    Stage.PROSPECT: Cause.IDENTIFIED,
    Stage.OPPORTUNITY: Cause.QUOTED,
    Stage.ORDERING: Cause.ORDERED,
    Stage.USER: Cause.DELIVERED,
    Standing.FIRST_TIME: Cause.ORDERED,
    Standing.REPEAT: Cause.REORDERED,
    Standing.LOYAL: Cause.MANY_ORDERS,
    Standing.ADVOCATE: Cause.REFERRED,
    Standing.DORMANT: Cause.SILENT,
    Standing.LOST: Cause.SILENT,
    Standing.NONE: Cause.ORDERS_GONE,
    "aware": Cause.IDENTIFIED,
    "interested": Cause.QUOTED,
    "satisfied": Cause.SATISFIED,
    "preferring": Cause.REORDERED,
    "committed": Cause.MANY_ORDERS,
}
_SILENT = frozenset({Standing.DORMANT, Standing.LOST})


def _moves(
    axis: Axis, table: Mapping[str, frozenset[str]], before: str, target: str
) -> list[Moved]:
    if before == target:
        return []
    if before not in table:  # the set-up has this step no longer
        return [Moved(axis, None, target, Cause.FIRST_LOOK)]
    way = path(table, before, target)
    if way is None:
        return []
    moved, at = [], before
    for state in way:
        moved.append(Moved(axis, at, state, _cause(axis, at, state, tuple(table))))
        at = state
    return moved


def path(table: Mapping[str, frozenset[str]], before: str, target: str) -> list[str] | None:
    """Return the states on the shortest way of listed moves, `target` the last; None: no way."""
    ways: dict[str, list[str]] = {before: []}
    open_ = deque([before])
    while open_:
        at = open_.popleft()
        if at == target:
            return ways[at]
        for state in sorted(table.get(at, frozenset())):
            if state not in ways:
                ways[state] = [*ways[at], state]
                open_.append(state)
    return None


def _cause(axis: Axis, before: str, state: str, order: Sequence[str]) -> Cause:
    if axis is Axis.STANDING and before in _SILENT and state not in _SILENT:
        return Cause.CAME_BACK
    if axis is Axis.STANDING and before == Standing.ADVOCATE and state not in _SILENT:
        return Cause.REFERRAL_GONE
    if order.index(state) < order.index(before):
        gone = axis is Axis.STAGE or state == Standing.NONE
        return Cause.ORDERS_GONE if gone else Cause.LESS
    return _CAUSES.get(state, Cause.BY_HAND)
