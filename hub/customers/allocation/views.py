"""How allocations are shown: with names, and with the trace of why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.customers.settings import AllocationRule
from hub.web.shapes import View


class LeftOutView(View, frozen=True):
    """Who got nobody by a rule, and why: disabled, absent, specialist, tried."""

    user_id: str
    name: str | None
    why: str


class ConsideredView(View, frozen=True):
    """Who was there, and how many new customers they had to touch yet."""

    user_id: str
    name: str | None
    leads: int


class TraceRuleView(View, frozen=True):
    """What came of one rule, in their order: no_match, nobody (was there), given."""

    key: str
    zh: str
    en: str
    why: str
    by: str | None
    considered: list[ConsideredView]
    left_out: list[LeftOutView]


class LeadView(View, frozen=True):
    """A new customer and who has to touch them. `to_id` None: nobody was there yet.

    `due_at`: until when; they are reminded at `remind_at` and lose the customer at `recall_at`
    (None: nobody else is there). `touched_at`: when they first wrote to, called or visited them.
    `ended_as` None: open; else touched, recalled, moved, handed_over, taken, won, merged, gone.
    `cause`: new, recalled, retried, by_hand, left.
    """

    id: str
    customer_id: str
    customer_name: str | None
    to_id: str | None
    to_name: str | None
    cause: str
    reason: str
    rule_key: str | None
    rule_zh: str | None
    rule_en: str | None
    made_at: datetime
    by_id: str | None
    by_name: str | None
    remind_at: datetime
    due_at: datetime
    recall_at: datetime | None
    escalated_at: datetime | None
    touched_at: datetime | None
    ended_at: datetime | None
    ended_as: str | None


class LeadTraceView(LeadView, frozen=True):
    """`before_name`: who looked after them until then. `stuck`: what was tried when it was to be
    recalled, and nobody else was there.
    """

    before_name: str | None
    rules: list[TraceRuleView]
    stuck: list[TraceRuleView]


def lead_view(
    row: Row[Any], rules: Mapping[str, AllocationRule], touched_at: datetime | None
) -> LeadView:
    return LeadView(**_facts(row, rules, touched_at))


def trace_view(
    row: Row[Any],
    rules: Mapping[str, AllocationRule],
    touched_at: datetime | None,
    names: Mapping[str, str],
) -> LeadTraceView:
    before = row.trace.get("before")
    return LeadTraceView(
        **_facts(row, rules, touched_at),
        before_name=names.get(before) if before else None,
        rules=_rules(row.trace.get("rules", []), rules, names),
        stuck=_rules(row.trace.get("stuck", []), rules, names),
    )


def named_in(rows: Sequence[Row[Any]]) -> set[str]:
    """Return the users whom the traces of these allocations name."""
    return {user_id for row in rows for user_id in _named(row.trace)}


def _named(trace: Mapping[str, Any]) -> Iterator[str]:
    if trace.get("before"):
        yield trace["before"]
    for line in (*trace.get("rules", ()), *trace.get("stuck", ())):
        yield from line.get("left_out", ())
        yield from line.get("of", ())


_SAME = ("id", "customer_id", "customer_name", "to_id", "to_name", "rule_key", "made_at", "by_name",
         "remind_at", "recall_at", "escalated_at", "ended_at", "ended_as")  # fmt: skip


def _facts(
    row: Row[Any], rules: Mapping[str, AllocationRule], touched_at: datetime | None
) -> dict[str, Any]:
    rule = rules.get(row.rule_key or "")
    return {name: getattr(row, name) for name in _SAME} | {
        "cause": row.trace.get("cause", ""),
        "reason": row.trace.get("reason", ""),
        "rule_zh": rule.zh if rule else None,
        "rule_en": rule.en if rule else None,
        "by_id": row.made_by,
        "due_at": row.escalate_at,
        "touched_at": row.touched_at or touched_at,
    }


def _rules(
    lines: Sequence[Mapping[str, Any]],
    rules: Mapping[str, AllocationRule],
    names: Mapping[str, str],
) -> list[TraceRuleView]:
    """A rule that the set-up has no longer is called by its key."""
    found = []
    for line in lines:
        key = line["rule"]
        rule = rules.get(key)
        found.append(
            TraceRuleView(
                key=key,
                zh=rule.zh if rule else key,
                en=rule.en if rule else key,
                why=line["why"],
                by=line.get("by"),
                considered=[
                    ConsideredView(user_id=id_, name=names.get(id_), leads=leads)
                    for id_, leads in line.get("of", {}).items()
                ],
                left_out=[
                    LeftOutView(user_id=id_, name=names.get(id_), why=why)
                    for id_, why in line.get("left_out", {}).items()
                ],
            )
        )
    return found
