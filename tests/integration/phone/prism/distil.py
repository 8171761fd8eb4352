"""Make a document for Prism of the provider's own OpenAPI document (`make provider-document`).

npm pack @twilio/cli-core
python -m tests.integration.phone.prism.distil twilio-cli-core-*.tgz api.json

Kept are the resources of the simulator, without words for people and examples. Three things differ
from the document as published: a form names a list by repeating its key (`explode`); `format: uri`,
which stands where the API takes and gives paths and empty texts, is left out; and errors, of which
the document says nothing, are as the page "Twilio's request and response format" has them.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PUBLISHED = "package/src/services/twilio-api/twilio_api_v2010.json"
_BASE = "/2010-04-01/Accounts/{AccountSid}"
_KEPT = (
    "/2010-04-01/Accounts/{Sid}.json",
    *(
        f"{_BASE}{path}.json"
        for path in (
            "/Calls",
            "/Calls/{Sid}",
            "/Calls/{CallSid}/Recordings",
            "/Calls/{CallSid}/Recordings/{Sid}",
            "/Calls/{CallSid}/Transcriptions",
            "/Calls/{CallSid}/Transcriptions/{Sid}",
            "/Conferences",
            "/Conferences/{Sid}",
            "/Conferences/{ConferenceSid}/Participants",
            "/Conferences/{ConferenceSid}/Participants/{CallSid}",
            "/Conferences/{ConferenceSid}/Recordings",
            "/Conferences/{ConferenceSid}/Recordings/{Sid}",
            "/IncomingPhoneNumbers",
            "/IncomingPhoneNumbers/{Sid}",
            "/Messages",
            "/Messages/{Sid}",
            "/Messages/{MessageSid}/Media",
            "/Recordings",
            "/Recordings/{Sid}",
        )
    ),
)
_WORDS = frozenset({"description", "summary", "example", "examples", "tags", "x-twilio", "title"})
_ERROR = {
    "description": "",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["code", "message", "more_info", "status"],
                "properties": {
                    "code": {"type": "integer"},
                    "message": {"type": "string"},
                    "more_info": {"type": "string"},
                    "status": {"type": "integer"},
                },
            }
        }
    },
}
_FORM = "application/x-www-form-urlencoded"


def distil(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the published document that the simulator speaks."""
    paths = {path: _plain(document["paths"][path]) for path in _KEPT}
    for path in paths.values():
        for operation in (one for one in path.values() if isinstance(one, dict)):
            if "responses" in operation:
                for response in operation["responses"].values():
                    response["description"] = ""  # OpenAPI demands one
                operation["responses"] |= {"4XX": _ERROR, "5XX": _ERROR}
                _repeat_keys_of_lists(operation)
    schemas = document["components"]["schemas"]
    needed: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _plain(schemas[name])
            waiting += _references(needed[name])
    return {
        "openapi": document["openapi"],
        "info": {"title": "Twilio REST API 2010-04-01", "version": document["info"]["version"]},
        "servers": document["servers"],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(needed.items())),
            "securitySchemes": document["components"]["securitySchemes"],
        },
    }


def _plain(value: Any, *, names: bool = False) -> Any:
    """Copy without words for people and without `format: uri`; `names`: keys are names of ours."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _plain(inner, names=key in ("properties", "headers"))
        for key, inner in value.items()
        if names or not (key in _WORDS or (key == "format" and inner == "uri"))
    }


def _repeat_keys_of_lists(operation: dict[str, Any]) -> None:
    form = operation.get("requestBody", {}).get("content", {}).get(_FORM)
    if form is not None:
        lists = [
            name
            for name, schema in form["schema"].get("properties", {}).items()
            if schema.get("type") == "array"
        ]
        form["encoding"] = {name: {"style": "form", "explode": True} for name in lists}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield str(inner).rpartition("/")[2]
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


if __name__ == "__main__":
    with tarfile.open(sys.argv[1]) as package, package.extractfile(_PUBLISHED) as published:  # type: ignore[union-attr] # a file, no folder
        Path(sys.argv[2]).write_text(json.dumps(distil(json.load(published))), "utf-8")
