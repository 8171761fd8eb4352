"""The form of each channel's settings, and its words in both languages of the console."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.channels.entry_points import SETTINGS_TYPES
from hub.channels.forms import FormField, form_of
from hub.channels.webchat.settings import WebChatSettings

TEXTS = Path(__file__).parents[3] / "hub/agent_console/web/src/i18n/setup"


def _named(fields: tuple[FormField, ...] | list[FormField], within: str = "") -> Iterator[Any]:
    """Yield each field with the name under which the pages look for its words."""
    for field in fields:
        name = f"{within}_{field.name}" if within else field.name
        yield name, field
        yield from _named(field.fields, name)


def _every() -> dict[str, FormField]:
    return {name: one for kind in SETTINGS_TYPES.values() for name, one in _named(form_of(kind))}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_setting_of_every_channel_has_its_words(language: str) -> None:
    words = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))["setup"]
    fields = _every()
    assert set(fields) == set(words["pointField"])
    assert set(words["pointHint"]) <= set(fields)
    numbers = {name for name, field in fields.items() if field.kind in {"number", "lines", "items"}}
    assert numbers <= set(words["pointHint"])  # a range, what 0 means, one a line
    timed = [words["pointField"][name] for name in fields if name.endswith("_s")]
    assert [label for label in timed if not label.endswith(("(s)", "（秒）"))] == []
    choices = {one for field in fields.values() for one in field.choices}
    assert choices <= set(words["pointChoice"])


def test_a_setting_says_where_it_means_something() -> None:
    fields = _every()
    asked = {name: one.where for name, one in fields.items() if one.where is not None}
    assert set(asked) == {"longest_queue", "longest_number"}
    for where in asked.values():
        assert where.value in fields[where.name].choices


def test_a_list_of_groups_says_what_is_in_each() -> None:
    fields = {one.name: one for one in form_of(WebChatSettings)}
    signers = fields["identity_signers"]
    assert (signers.kind, signers.secret) == ("items", False)
    assert [(one.name, one.kind, one.of) for one in signers.fields] == [
        ("ed25519", "text", "pem"),
        ("kid", "text", None),
    ]
    assert (fields["highest_tier"].of, fields["mail"].of) == ("tier", "mail")
    assert fields["file_types"].kind == "lines"
