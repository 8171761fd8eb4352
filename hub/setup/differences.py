"""What differs between two set-ups, place by place. Pure; works on plain values (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from .parts import HoursSetup

_LONGEST = 200
_KEY = "key"
_NOTHING = object()
_TEXT_BY_TEXT = "templates."
_HOURS = "hours."

# What the rows of a set-up table already tell by their own line ("queue support", "agent …").
_TOLD_BY_ROWS = frozenset(
    {"teams", "skills", "reasons", "outcomes", "canned", "agents", "sla_policies", "entry_points"}
)
_NAMES = frozenset({"zh", "en", "teams", "chip"})
_WORDS = {"queues": "queue", "tiers": "tier"}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the set-up: `path` goes by keys ("queues.support.target_s.phone").

    `before`, `after`: the value as JSON, cut to 200 characters; None: it was, or is, not there.
    """

    path: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return where two set-ups (as plain values) differ, in the order of the set-up."""
    return _with_moves(list(_tables("", before, after)), before, after)


def rule_lines(found: list[Difference]) -> Iterator[str]:
    """Yield a line for each changed rule of the contact queue, as `hub apply` prints it."""
    for one in found:
        top, *rest = one.path.split(".")
        hours_of_point = top == "entry_points" and rest[-1:] == ["hours"]
        if top in _TOLD_BY_ROWS and not hours_of_point:
            continue
        if top in _WORDS and (len(rest) < 2 or rest[1] in _NAMES):
            continue
        where = one.path if top not in _WORDS else f"{_WORDS[top]} {rest[0]} {'.'.join(rest[1:])}"
        yield f"{where}: {_shown(one.before)} → {_shown(one.after)}"


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value


class _Stands(NamedTuple):
    """A reason where it stands: the keys on the way to it, and itself."""

    way: tuple[str, ...]
    reason: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"reasons.{'.children.'.join(self.way)}"


def _with_moves(
    found: list[Difference], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """Tell a reason that stands elsewhere as one place that differs, not as gone and added."""
    old = dict(_by_code(before.get("reasons") or []))
    at = {one.path: index for index, one in enumerate(found)}
    dropped: set[int] = set()
    moved: list[Difference] = []
    for code, now in _by_code(after.get("reasons") or []):
        was = old.get(code)
        if was is None or was.way == now.way or was.path not in at or now.path not in at:
            continue
        dropped |= {at[was.path], at[now.path]}
        moved.append(_difference(f"{now.path}.place", "/".join(was.way), "/".join(now.way)))
        moved.extend(_tables(now.path, _inside(was.reason), _inside(now.reason)))
    return [*(one for index, one in enumerate(found) if index not in dropped), *moved]


def _by_code(
    tree: list[Mapping[str, Any]], way: tuple[str, ...] = (), above: str = ""
) -> Iterator[tuple[str, _Stands]]:
    """Yield the reasons of a tree by their codes (reasons.py)."""
    for one in tree:
        here = (*way, one["key"])
        code = one.get("code") or (f"{above}/{one['key']}" if above else one["key"])
        yield code, _Stands(here, one)
        yield from _by_code(one.get("children") or [], here, code)


def _inside(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reason.items() if name not in ("key", "code")}


def _tables(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        here = f"{path}.{key}" if path else key
        yield from _values(here, before.get(key, _NOTHING), after.get(key, _NOTHING))


def _values(path: str, before: object, after: object) -> Iterator[Difference]:
    if path.startswith(_TEXT_BY_TEXT):
        before, after = _said(before, after), _said(after, before)
    if path.startswith(_HOURS) and isinstance(before, Mapping) != isinstance(after, Mapping):
        before, after = _week_of(before), _week_of(after)
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _tables(path, before, after)
    elif (old := _by_key(before)) is not None and (new := _by_key(after)) is not None:
        yield from _tables(path, old, new)
        stays = [key for key in old if key in new]
        if stays != (moved := [key for key in new if key in old]):
            yield _difference(f"{path}.order", stays, moved)
    else:
        yield _difference(path, before, after)


def _said(value: object, other: object) -> object:
    """Return a text that says nothing as not there, and languages that are not there as none."""
    if value == "":
        return _NOTHING
    return {} if value is _NOTHING and isinstance(other, Mapping) else value


def _week_of(hours: object) -> object:
    """Return hours that are words as the table they stand for: a name leaves them the same."""
    return msgspec.to_builtins(HoursSetup(week=hours)) if isinstance(hours, str) else hours


def _by_key(value: object) -> dict[str, Any] | None:
    """Return a list of things that have keys by their key; None: it is no such list."""
    if isinstance(value, list) and all(isinstance(one, dict) and _KEY in one for one in value):
        return {one[_KEY]: one for one in value}
    return None


def _difference(path: str, before: object, after: object) -> Difference:
    return Difference(path=path, before=_text(before), after=_text(after))


def _text(value: object) -> str | None:
    if value is _NOTHING:
        return None
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
