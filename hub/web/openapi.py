"""OpenAPI 3.1 from the declared routes: the description cannot differ from what is served."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from .calls import BytesAnswer, FileAnswer, StreamAnswer, TextAnswer
from .principal import Access
from .problems import PROBLEM_TYPE, Problem
from .routes import Declared, check_distinct, is_plain_answer, line_of

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]

_REF = "#/components/schemas/{name}"


def build_openapi(routes: Sequence[Declared], *, version: str) -> JsonObject:
    """Describe `routes`. Same routes, same text: the order is by path, then by method.

    Each operation carries `x-access`: public, agent, supervisor or admin (the least role).
    """
    check_distinct(routes)
    types = _types_of(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, Json] = {}
    for one in sorted(routes, key=lambda r: (r.path, r.method)):
        operations = paths.setdefault(one.path, {})
        if isinstance(operations, dict):
            operations[one.method.lower()] = _operation(one, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact Hub",
            "version": version,
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "security": [{"session": []}, {"api_key": []}],
        "paths": paths,
        "components": {
            "schemas": {name: components[name] for name in sorted(components)},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "hub_session"},
                "api_key": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def render_openapi(routes: Sequence[Declared], *, version: str) -> bytes:
    """Return the description as indented JSON, as it stands in docs/openapi.json."""
    text = msgspec.json.encode(build_openapi(routes, version=version))
    return msgspec.json.format(text, indent=2) + b"\n"


def _types_of(routes: Sequence[Declared]) -> list[object]:
    found: dict[str, object] = {repr(Problem): Problem}
    for one in routes:
        kinds = [one.body, one.query, *one.path_types.values()]
        if one.answer is not None and not is_plain_answer(one.answer):
            kinds.append(line_of(one.answer) or one.answer)
        found.update({repr(kind): kind for kind in kinds if kind is not None})
    return list(found.values())


def _operation(one: Declared, schemas: dict[str, JsonObject]) -> JsonObject:
    operation: JsonObject = {
        "operationId": one.operation_id,
        "summary": one.summary,
        "tags": [one.tag],
        "x-access": one.access.value,
        "responses": _responses(one, schemas),
    }
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": schemas[repr(kind)]}
        for name, kind in one.path_types.items()
    ]
    parameters += _query_parameters(one)
    if parameters:
        operation["parameters"] = parameters
    if one.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[repr(one.body)]}},
        }
    if one.uploads:
        operation["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}},
                        "required": ["file"],
                    }
                }
            },
        }
    if one.access is Access.PUBLIC:
        operation["security"] = []
    return operation


def _responses(one: Declared, schemas: dict[str, JsonObject]) -> JsonObject:
    done: JsonObject = {"description": "Done"}
    if one.answer in (FileAnswer, BytesAnswer, StreamAnswer):
        done["content"] = {"application/octet-stream": {}}
    elif one.answer is TextAnswer:
        done["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif line := line_of(one.answer):
        done["content"] = {"application/x-ndjson": {"schema": schemas[repr(line)]}}
    elif one.answer is not None:
        done["content"] = {"application/json": {"schema": schemas[repr(one.answer)]}}
    refused: JsonObject = {
        "description": "Refused: `code` says why",
        "content": {PROBLEM_TYPE: {"schema": schemas[repr(Problem)]}},
    }
    return {str(one.status): done, "default": refused}


def _query_parameters(one: Declared) -> list[Json]:
    if one.query is None:
        return []
    (schema,), components = msgspec.json.schema_components([one.query], ref_template=_REF)
    name = re.sub(r".*/", "", str(schema["$ref"]))
    required = components[name].get("required", [])
    return [
        {"name": field, "in": "query", "required": field in required, "schema": properties}
        for field, properties in components[name]["properties"].items()
    ]
