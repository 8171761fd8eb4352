"""What the timeline tells of how a contact ended: reason, outcome, what was said besides.

The entry has the names as they were then: what is retired or renamed later is not told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.closing import ClosingField, Value
from hub.contacts.model import InteractionKind
from hub.contacts.tables import outcomes, reasons
from hub.routing.settings import Label, RoutingSettings, load_settings
from hub.storage import Tx

from .messages import append_internal

_NO_ACTION = "none"
_BETWEEN = " › "


def tell_end(tx: Tx, row: Row[Any], said: Mapping[str, Any], by: tuple[str, str]) -> None:
    """Append what is said of a contact's end, unless that was said of it already.

    `row`: of `contacts`, as it was before; `said`: the columns that keep it (check_disposition);
    `by`: user id and name.
    """
    if not said.get("reason_id") and not said.get("outcome_id"):
        return
    if all(getattr(row, name) == value for name, value in said.items()):
        return
    settings = load_settings(tx)
    meta = {
        "code": "closed",
        **_reason(tx, said.get("reason_id")),
        **_outcome(tx, said.get("outcome_id")),
        **_action(settings, said.get("next_action")),
        "note": said.get("disposition_note") or "",
        "fields": _fields(settings, said.get("disposition_fields") or {}),
    }
    append_internal(
        tx, row, InteractionKind.SYSTEM, "", author_id=by[0], author_name=by[1], meta=meta
    )


def _reason(tx: Tx, reason_id: str | None) -> dict[str, str]:
    """Its names with those above it: "Repair › Visit". The tree has three levels."""
    if reason_id is None:
        return {}
    own, above, top = reasons.alias("own"), reasons.alias("above"), reasons.alias("top")
    found = (
        select(
            own.c.zh, own.c.en, above.c.zh.label("above_zh"), above.c.en.label("above_en"),
            top.c.zh.label("top_zh"), top.c.en.label("top_en"),
        )
        .select_from(
            own.outerjoin(above, above.c.id == own.c.parent_id).outerjoin(
                top, top.c.id == above.c.parent_id
            )
        )
        .where(own.c.id == reason_id)
    )  # fmt: skip
    row = tx.execute(found).one()
    return {
        "reason_zh": _BETWEEN.join(filter(None, (row.top_zh, row.above_zh, row.zh))),
        "reason_en": _BETWEEN.join(filter(None, (row.top_en, row.above_en, row.en))),
    }


def _outcome(tx: Tx, outcome_id: str | None) -> dict[str, str]:
    if outcome_id is None:
        return {}
    row = tx.execute(select(outcomes).where(outcomes.c.id == outcome_id)).one()
    return {"outcome_zh": row.zh, "outcome_en": row.en}


def _action(settings: RoutingSettings, action: str | None) -> dict[str, str]:
    if action in (None, "", _NO_ACTION):
        return {}
    named = next((one for one in settings.next_actions if one.id == action), None)
    named = named or Label(action, action, action)
    return {"action": named.id, "action_zh": named.zh, "action_en": named.en}


def _fields(settings: RoutingSettings, values: Mapping[str, Value]) -> list[dict[str, Any]]:
    known = {one.key: one for one in settings.closing_fields}
    return [_field(known[key], value) for key, value in values.items() if key in known]


def _field(field: ClosingField, value: Value) -> dict[str, Any]:
    choice = next((one for one in field.choices if one.id == value), None)
    return {
        "kind": field.kind,
        "zh": field.zh,
        "en": field.en,
        "unit": field.unit,
        "value": value,
        "value_zh": choice.zh if choice else str(value),
        "value_en": choice.en if choice else str(value),
    }
