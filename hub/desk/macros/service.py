"""Macros are made by admins, and by supervisors for their teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, Table, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.tables import teams, users
from hub.contacts.tables import outcomes, reasons
from hub.contacts.tags.tables import tags
from hub.contacts.words.model import check_placeholders
from hub.contacts.words.rights import check_may_change, may_use
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.routing.tables import queues
from hub.storage import Tx
from hub.web.principal import Principal

from .model import (
    CloseStep,
    NoteStep,
    ReplyStep,
    Step,
    TagStep,
    TransferStep,
    check_steps,
    kind_of,
)
from .tables import macros

_MOST = 500


@dataclass(frozen=True, slots=True)
class Draft:
    zh: str
    en: str
    teams: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class AddMacro:
    by: Principal
    draft: Draft


@dataclass(frozen=True, slots=True)
class ChangeMacro:
    """`version`: of the macro that this was made of."""

    by: Principal
    macro_id: str
    version: int
    draft: Draft


def list_macros(tx: Tx, principal: Principal) -> list[Row[Any]]:
    """Return the macros that this user is offered, the most used first."""
    found = select(macros).where(macros.c.retired.is_(False))
    rows = tx.execute(found.order_by(macros.c.uses.desc(), macros.c.en, macros.c.id).limit(_MOST))
    return [row for row in rows if may_use(principal, row.teams)]


def get_macro(tx: Tx, principal: Principal, macro_id: str, *, for_change: bool = False) -> Row[Any]:
    """Return one that this user is offered; locked `for_change`. Raises NotFound."""
    found = select(macros).where(macros.c.id == macro_id, macros.c.retired.is_(False))
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None or not may_use(principal, row.teams):
        raise NotFound("There is no such macro.")
    return row


def steps_of(row: Row[Any]) -> list[Step]:
    """Return the steps of a row of `macros`."""
    return msgspec.convert(row.steps, list[Step])


def add_macro(tx: Tx, cmd: AddMacro) -> str:
    """Keep a new macro and return its id. Raises Invalid, Forbidden."""
    _check(tx, cmd.by, cmd.draft)
    count = select(func.count()).select_from(macros).where(macros.c.retired.is_(False))
    if tx.execute(count).scalar_one() >= _MOST:
        raise Invalid(f"There are {_MOST} macros: retire some.", code="macro.many", most=_MOST)
    macro_id = new_id()
    tx.execute(insert(macros).values(id=macro_id, **_columns(tx, cmd.by, cmd.draft)))
    _note(tx, cmd.by, "macro.add", macro_id, cmd.draft)
    return macro_id


def change_macro(tx: Tx, cmd: ChangeMacro) -> None:
    """Change a macro. Raises NotFound, Forbidden, Invalid, Conflict where it changed since."""
    row = get_macro(tx, cmd.by, cmd.macro_id, for_change=True)
    check_may_change(cmd.by, row.teams)
    if row.version != cmd.version:
        raise Conflict(
            f"{row.changed_by} changed this macro meanwhile: look at it, then save again.",
            code="macro.changed",
            name=row.changed_by,
        )
    _check(tx, cmd.by, cmd.draft)
    changes = _columns(tx, cmd.by, cmd.draft)
    this = macros.c.id == row.id
    tx.execute(update(macros).where(this).values(version=macros.c.version + 1, **changes))
    _note(tx, cmd.by, "macro.change", row.id, cmd.draft)


def retire_macro(tx: Tx, asked: tuple[Principal, str]) -> None:
    """Take a macro away from everybody's list. Raises NotFound, Forbidden."""
    principal, macro_id = asked
    row = get_macro(tx, principal, macro_id, for_change=True)
    check_may_change(principal, row.teams)
    tx.execute(update(macros).where(macros.c.id == row.id).values(retired=True))
    audit(tx, actor_of(principal), "macro.retire", "macro", row.id)
    tx.hint("words.changed", row.id)


def _check(tx: Tx, by: Principal, draft: Draft) -> None:
    check_may_change(by, draft.teams)
    check_steps(draft.steps)
    texts = [
        (f"steps[{at}].{language}", text)
        for at, step in enumerate(draft.steps)
        if isinstance(step, ReplyStep)
        for language, text in step.texts.items()
    ]
    texts += [
        (f"steps[{at}].text", step.text)
        for at, step in enumerate(draft.steps)
        if isinstance(step, NoteStep)
    ]
    check_placeholders(texts)
    _check_there(tx, draft)


def _check_there(tx: Tx, draft: Draft) -> None:
    """What steps name is there; it may retire later, and the step is then refused when run."""
    wanted: list[tuple[Table, str, Sequence[str | None]]] = [(teams, "team", draft.teams)]
    for step in draft.steps:
        if isinstance(step, TagStep):
            wanted.append((tags, "tag", step.add))
        elif isinstance(step, TransferStep):
            wanted.append((queues, "queue", [step.queue_id]))
            wanted.append((users, "agent", [step.agent_id]))
        elif isinstance(step, CloseStep):
            wanted.append((reasons, "reason", [step.reason_id]))
            wanted.append((outcomes, "outcome", [step.outcome_id]))
    for table, word, names in wanted:
        ids = {name for name in names if name is not None}
        if not ids:
            continue
        live = table.c.disabled_at.is_(None) if table is users else table.c.retired.is_(False)
        found = set(tx.execute(select(table.c.id).where(table.c.id.in_(ids), live)).scalars())
        if ids - found:
            raise Invalid(f"There is no {word} {min(ids - found)!r}.", code="macro.unknown")


def _columns(tx: Tx, by: Principal, draft: Draft) -> dict[str, Any]:
    return {
        "zh": draft.zh.strip(),
        "en": draft.en.strip(),
        "teams": list(draft.teams),
        "steps": msgspec.to_builtins(list(draft.steps)),
        "changed_at": tx.now,
        "changed_by": by.name,
    }


def _note(tx: Tx, by: Principal, verb: str, macro_id: str, draft: Draft) -> None:
    detail = {
        "zh": draft.zh,
        "en": draft.en,
        "for": ", ".join(draft.teams) or "all",
        "steps": ", ".join(kind_of(step) for step in draft.steps),
    }
    audit(tx, actor_of(by), verb, "macro", macro_id, detail)
    tx.hint("words.changed", macro_id)
