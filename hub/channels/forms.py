"""The settings of a channel as a form: what can be set, of what kind, what is usual. Pure.

Made from the types that check the settings, so a new setting is in the form by being declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import inspect

from hub.setup.hidden import SECRET_NAME
from hub.web.shapes import View

_MENU: Final = "menu"  # `of` of a setting that holds one: a tree has no form of a fixed depth
_SOME_WORDS = re.compile(r"^\^\(([a-z_]+(?:\|[a-z_]+)+)\)\$$")  # ^(start|end)$: one of these
FieldKind = Literal[
    "text", "texts", "lines", "switch", "number", "choice", "group", "items", "menu"
]
"""`texts`: a text for each language; `lines`: several texts; `group`: fields of its own; `items`:
several such groups; `menu`: a tree of choices by key, drawn by an editor of its own.
"""
Of = Literal["tier", "mail", "phone", "queue", "pem"]
"""What a text is: the key of a tier, of a mail or phone entry point, of a queue, or empty; a public
key of several lines. A setting says it as `Meta(extra={"of": …})`.
"""


class Asked(View, frozen=True):
    """Another setting of the form, and what it must be. Said as `Meta(extra={"where": (…, …)})`."""

    name: str
    value: str


class FormField(View, frozen=True):
    """`usual`: what holds where nothing is set. `pattern`, `least`, `most`: what is refused.

    `of`: what the text is, if not just words. `secret`: what is set is not shown again. `where`:
    it means something only there.
    """

    name: str
    kind: FieldKind
    usual: Any
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    least: float | None = None
    most: float | None = None
    fields: tuple[FormField, ...] = ()
    secret: bool = False
    of: Of | None = None
    where: Asked | None = None


def form_of(settings: type[msgspec.Struct]) -> list[FormField]:
    """Return the fields of a settings type, in its order. Raises TypeError for a kind unknown."""
    described = inspect.type_info(settings)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{settings.__name__} is no Struct")
    return _fields(described)


def _fields(described: inspect.StructType) -> list[FormField]:
    return [_field(one) for one in described.fields]


def _field(field: inspect.Field) -> FormField:
    usual: Any = None
    if field.default_factory is not msgspec.NODEFAULT:
        usual = field.default_factory()
    elif field.default is not msgspec.NODEFAULT:
        usual = field.default
    own, told = _unwrapped(field.type)
    of = told.get("of")
    if of == _MENU:
        return FormField(name=field.encode_name, kind=_MENU, usual=msgspec.to_builtins(usual))
    item = getattr(own, "item_type", None)  # of a collection
    within = item if isinstance(item, inspect.StructType) else own
    kind, choices = _KINDS.get(type(own)), _choices(own)
    if kind is None:
        raise TypeError(f"{field.name}: no form for {type(own).__name__}")
    if kind == "lines" and within is item:
        kind = "items"
    return FormField(
        name=field.encode_name,
        kind="choice" if choices else kind,
        usual=msgspec.to_builtins(usual),
        choices=tuple(choices),
        pattern=getattr(own, "pattern", None),
        least=getattr(own, "ge", None),
        most=getattr(own, "le", None),
        fields=tuple(_fields(within)) if isinstance(within, inspect.StructType) else (),
        secret=bool(SECRET_NAME.search(field.encode_name)),
        of=of,
        where=Asked(*told["where"]) if "where" in told else None,
    )


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, Mapping[str, Any]]:
    """Return the type itself, and what its setting says beside it."""
    if isinstance(kind, inspect.Metadata):
        return kind.type, kind.extra or {}
    return kind, {}


def _choices(kind: inspect.Type) -> list[str]:
    if isinstance(kind, inspect.EnumType):
        return [str(one.value) for one in kind.cls]
    if isinstance(kind, inspect.LiteralType):
        return [str(one) for one in kind.values]
    some = _SOME_WORDS.match(getattr(kind, "pattern", None) or "")
    return some[1].split("|") if some else []


_KINDS: Mapping[type[inspect.Type], FieldKind] = {
    inspect.StrType: "text",
    inspect.BoolType: "switch",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.EnumType: "choice",
    inspect.LiteralType: "choice",
    inspect.DictType: "texts",
    inspect.CollectionType: "lines",
    inspect.VarTupleType: "lines",
    inspect.ListType: "lines",
    inspect.StructType: "group",
}
