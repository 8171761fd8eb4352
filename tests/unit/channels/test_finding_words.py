"""What a try of an entry point finds is said in both languages, with what stands in it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HUB = Path(__file__).parents[3] / "hub"
TEXTS = HUB / "agent_console/web/src/i18n/setup"
TRIES = (
    *sorted((HUB / "vendors/mail/check").glob("*.py")),
    HUB / "vendors/twilio/check.py",
    HUB / "vendors/twilio/numbers.py",
    HUB / "jobs/phone.py",
    HUB / "wiring/channels.py",
    HUB / "jobs/mailboxes.py",
)


def _found() -> Iterator[tuple[str, bool]]:
    """Yield the code of each finding, and whether it says what to do."""
    for path in TRIES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id not in {"well", "warning", "fault"}:
                    continue
                place = 2 if node.func.id == "well" else 3
                if path.parent.name == "check" and len(node.args) == 2:
                    continue  # no mailbox at all: only the doctor tells it
                code = node.args[place]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}"
                yield str(code.value), node.func.id != "well"


def _words(language: str) -> dict[str, dict[str, str]]:
    said: dict[str, Any] = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))["setup"]
    return {
        f"{part}.{name}": words
        for part, names in said["finding"].items()
        for name, words in names.items()
    }


def _named(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_finding_of_a_try_has_its_words(language: str) -> None:
    words = _words(language)
    found = dict(_found())
    assert set(found) == set(words)
    assert {code: "mend" in said for code, said in words.items()} == found


def test_both_languages_name_the_same_facts() -> None:
    english, chinese = _words("en"), _words("zh-CN")
    for code, said in english.items():
        for which, text in said.items():
            assert _named(text) == _named(chinese[code][which]), code
