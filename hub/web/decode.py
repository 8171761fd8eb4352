"""From the text of a request to typed values. Every refusal names the field and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from multidict import MultiMapping

from hub.core.errors import Invalid, Malformed, NotFound, TooLarge

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
JSON_TYPES = frozenset({"application/json"})


class NotJson(Malformed):
    """The body must be sent as JSON: set `Content-Type: application/json`."""

    code = "not_json"
    status = 415


def check_json_type(content_type: str) -> None:
    """Refuse bodies that are not declared as JSON: a plain HTML form cannot send that type."""
    if content_type.lower() not in JSON_TYPES:
        raise NotJson("Send the body as JSON, with `Content-Type: application/json`.")


def decode_body(raw: bytes, decoder: msgspec.json.Decoder[T], limit_bytes: int) -> T:
    """Return the body as its Struct. Raises TooLarge, Malformed or Invalid (a wrong field)."""
    if len(raw) > limit_bytes:
        raise TooLarge(
            f"The body is larger than {limit_bytes // 1024} KiB.", limit_bytes=limit_bytes
        )
    try:
        body = decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise invalid(error, "body") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"The body is not valid JSON: {error}.", code="bad_json") from error
    check_storable(body, "body")
    return body


def decode_query(values: MultiMapping[str], shape: type[T]) -> T:
    """Return the query as its Struct; a repeated name becomes a list. Raises Invalid."""
    lists = _list_fields(shape)
    found: dict[str, str | list[str]] = {}
    for name in dict.fromkeys(values.keys()):
        given = values.getall(name)
        if name in lists:
            found[name] = given
        elif len(given) == 1:
            found[name] = given[0]
        else:
            raise Invalid(f"`{name}` is given {len(given)} times in the query; give it once.")
    try:
        query = msgspec.convert(found, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, "query") from error
    check_storable(query, "query")
    return query


def check_storable(value: object, part: str, field: str = "") -> None:
    """Refuse what no database column can hold, wherever in `value` it stands. Raises Invalid.

    That is the character NUL (PostgreSQL takes none in text), a time without a zone or outside the
    years 1 to 9999 in UTC, and integers of more than 64 bits.
    """
    fault = _unstorable(value)
    if fault:
        place = f"`{field}` in the {part}" if field else f"the {part}"
        raise Invalid(f"{place[0].upper()}{place[1:]} is not right: {fault}.", field=field or None)
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        for name, attribute in names:
            check_storable(getattr(value, attribute), part, f"{field}.{name}" if field else name)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            check_storable(key, part, field)
            check_storable(one, part, f"{field}.{key}" if field else str(key))
    elif isinstance(value, list | tuple | frozenset | set):
        for position, one in enumerate(value):
            check_storable(one, part, f"{field}[{position}]")


def _unstorable(value: object) -> str:
    if isinstance(value, str):
        return "it holds the character NUL" if "\0" in value else ""
    if isinstance(value, datetime):
        return _no_moment(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "the number is too large"
    return ""


def _no_moment(value: datetime) -> str:
    if value.tzinfo is None:
        return "give the time with its zone, such as 2026-03-10T12:00:00Z"
    try:
        value.astimezone(UTC)
    except OverflowError:
        return "the time is out of range"
    return ""


def decode_path(values: Mapping[str, str], kinds: Mapping[str, object]) -> dict[str, object]:
    """Return the path's parameters in their types. What cannot be an id names nothing: NotFound."""
    found: dict[str, object] = {}
    for name, kind in kinds.items():
        try:
            found[name] = msgspec.convert(values[name], kind, strict=False)
        except msgspec.ValidationError as error:
            raise NotFound(f"There is nothing at this address: `{name}` is not valid.") from error
    return found


def invalid(error: msgspec.ValidationError, part: str) -> Invalid:
    """Turn "Expected `str`, got `int` - at `$.name`" into an Invalid naming part and field."""
    match = _AT.match(str(error))
    what = match["what"] if match else str(error)
    where = (match["where"] or "") if match else ""
    field = where.removeprefix("$").removeprefix(".")
    place = f"`{field}` in the {part}" if field else f"the {part}"
    return Invalid(f"{place[0].upper()}{place[1:]} is not right: {what}.", field=field or None)


def _list_fields(shape: type[object]) -> frozenset[str]:
    info = msgspec.inspect.type_info(shape)
    if not isinstance(info, msgspec.inspect.StructType):
        return frozenset()
    collections = (
        msgspec.inspect.ListType,
        msgspec.inspect.SetType,
        msgspec.inspect.FrozenSetType,
        msgspec.inspect.VarTupleType,
    )
    return frozenset(f.encode_name for f in info.fields if isinstance(f.type, collections))
