"""The handlers of webhooks read names that the provider publishes, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub.channels.phone.twilio as phone
import hub.channels.sms as sms
from hub.channels.phone.twilio.webhooks import POSTS
from tests.integration.phone.published import ALL_NAMES, KIND_OF

_READERS = [
    path
    for package in (phone, sms)
    for path in sorted(Path(str(package.__file__)).parent.glob("*.py"))
]


def _is_params(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name == "params"


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def names_read(source: str) -> set[str]:
    """Return the names that are asked of `params`: by get, by index or by `in`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=read, attr="get"), args=[key, *_]):
                names.update(_text(key) if _is_params(read) else ())
            case ast.Subscript(value=read, slice=key):
                names.update(_text(key) if _is_params(read) else ())
            case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[read]):
                names.update(_text(key) if _is_params(read) else ())
    return names


def test_all_ways_to_read_are_seen() -> None:
    source = 'webhook.params.get("A", ""); params["B"]; "C" in webhook.params; query.get("D")'
    assert names_read(source) == {"A", "B", "C"}
    read = set[str]().union(*(names_read(path.read_text("utf-8")) for path in _READERS))
    assert {"CallSid", "ConferenceSid", "RecordingSid", "MessageSid", "SequenceNumber"} <= read


@pytest.mark.parametrize("path", _READERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_only_published_names_are_read(path: Path) -> None:
    assert names_read(path.read_text("utf-8")) - ALL_NAMES == set()


def test_each_address_has_its_kind() -> None:
    assert {path.partition("/")[0] for path in POSTS} <= KIND_OF.keys()
