"""From plain values (TOML, JSON) to the types of the set-up; what is wrong is told by its path.

msgspec stops at the first mistake and does not say under which key of a table it stands; who edits
the whole set-up in pages wants all of them, each beside its field. Pure.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import structs

from hub.core.errors import Fault

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
_PLAIN_KEY = re.compile(r"^[A-Za-z0-9_-]+$")


def read_as(raw: object, kind: type[T]) -> T | list[Fault]:
    """Return `raw` as `kind`, or everything in it that is of a wrong type or out of its range."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        return list(_wrong(raw, kind, ""))


def key_path(path: str, key: str) -> str:
    """Return the path of a key of a table, in quotes where TOML would need them."""
    shown = key if _PLAIN_KEY.match(key) else f'"{key}"'
    return f"{path}.{shown}" if path else shown


def _wrong(raw: object, kind: Any, path: str) -> Iterator[Fault]:
    """Yield what is wrong, at the innermost place that can be named."""
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        inside = list(_inside(raw, _bare(kind, raw), path))
        yield from inside or [_fault(error, path)]


def _inside(raw: object, kind: Any, path: str) -> Iterator[Fault]:
    if isinstance(raw, Mapping) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _fields(raw, kind, path)
    elif isinstance(raw, Mapping) and get_origin(kind) is dict:
        key_kind, value_kind = get_args(kind)
        for key, value in raw.items():
            here = key_path(path, str(key))
            yield from _wrong(key, key_kind, here) if isinstance(key, str) else ()
            yield from _wrong(value, value_kind, here)
    elif isinstance(raw, list) and get_origin(kind) in (list, tuple):
        for index, value in enumerate(raw):
            yield from _wrong(value, get_args(kind)[0], f"{path}[{index}]")


def _fields(raw: Mapping[Any, object], kind: type[msgspec.Struct], path: str) -> Iterator[Fault]:
    fields = {field.name: field for field in structs.fields(kind)}
    for name, value in raw.items():
        here = key_path(path, str(name))
        if name not in fields:
            known = ", ".join(fields)
            yield Fault(here, f"there is no such key; known: {known}")
        else:
            yield from _wrong(value, fields[name].type, here)
    for name, field in fields.items():
        if field.required and name not in raw:
            yield Fault(key_path(path, name), "is missing")


def _bare(kind: Any, raw: object) -> Any:
    """Return `kind` without its ranges; of several kinds, the one that `raw` has the form of."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        form = type(raw)
        for member in get_args(kind):
            one = _bare(member, raw)
            if one is form or get_origin(one) is form:
                return one
            if form is dict and isinstance(one, type) and issubclass(one, msgspec.Struct):
                return one
    return kind


def _fault(error: msgspec.ValidationError, path: str) -> Fault:
    """Turn "Expected `int` >= 1" into a Fault; what msgspec adds of the place is in `path`."""
    match = _AT.match(str(error))
    what = match["what"] if match else str(error)
    return Fault(path, what[:1].lower() + what[1:])
