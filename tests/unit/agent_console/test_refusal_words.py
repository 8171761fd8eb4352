"""Whatever the hub refuses a console is said in both languages, with what stands in it."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HUB = Path(__file__).parents[3] / "hub"
TEXTS = HUB / "agent_console/web/src/i18n"
ELSEWHERE = (
    "channels/cti/settings",  # told by the check of the set-up, as its problems
    "channels/entry_points",
    "channels/phone/settings",
    "channels/webchat",  # the widget has words of its own
    "commands",  # the terminal
    "customers/business/webhook",  # another program
    "demo",
    "intake/by_mail",  # asked by the widget
    "intake/callback_wishes",
    "intake/codes",
    "intake/proving",
    "jobs",
    "setup/files",
    "settings",
    "simulation/check",  # `hub simulate`
    "simulation/demand",
    "simulation/moments",
    "simulation/records",
    "simulation/staffing",
    "storage/backup",
    "storage/lock",
    "testing",
    "vendors",
    "web/health",
)
"""Where refusals are raised that no page of the console is told."""
KINDS = frozenset({"hub.error", "not_json", "settings"})
"""Codes of classes that are never told as they are."""


class Refused(NamedTuple):
    place: str
    facts: frozenset[str] | None  # what the refusal knows: its details; None where a class has it


@cache
def _refused() -> dict[str, list[Refused]]:
    """Return each code that something of the console may be told, and where it is raised."""
    found: defaultdict[str, list[Refused]] = defaultdict(list)
    for path in sorted(HUB.rglob("*.py")):
        name = path.relative_to(HUB).with_suffix("").as_posix()
        if "node_modules" in path.parts or name.startswith(ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for code, facts in _codes(node):
                found[code].append(Refused(f"{name}:{node.lineno}", facts))  # type: ignore[attr-defined]  # both kinds have it
    return found


def _codes(node: ast.AST) -> Iterator[tuple[str, frozenset[str] | None]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        given = {one.arg: one.value for one in node.keywords if one.arg}
        code = given.get("code")
        if node.func.id in _ERRORS and isinstance(code, ast.Constant):
            yield str(code.value), frozenset(given)
    if isinstance(node, ast.ClassDef) and any(
        isinstance(base, ast.Name | ast.Attribute) and ast.unparse(base).split(".")[-1] in _ERRORS
        for base in node.bases
    ):
        for line in node.body:
            if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(
                line.value, ast.Constant
            ):
                target = line.targets[0] if isinstance(line, ast.Assign) else line.target
                if ast.unparse(target) == "code":
                    yield str(line.value.value), None


_ERRORS = frozenset(
    {
        "HubError", "Invalid", "Malformed", "Unauthenticated", "Forbidden", "NotFound", "Conflict",
        "TooLarge", "WrongType", "TooMany", "Unavailable", "BadSetup",
    }
)  # fmt: skip


def _flat(texts: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _words(language: str) -> dict[str, str]:
    """Return what is said of each code: by every page, or by the page that may be told it."""
    said: dict[str, str] = {}
    for path in sorted(TEXTS.rglob(f"{language}.json")):
        for key, text in _flat(json.loads(path.read_text("utf-8"))):
            code = re.sub(r"^(?:\w+\.)?errors\.|^refusals\.(?:kind\.)?", "", key)
            if code != key:
                said.setdefault(code, text)
    return said


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_refusal_of_the_console_has_its_words(language: str) -> None:
    words = _words(language)
    missing = {c: [one.place for one in w] for c, w in _refused().items() if c not in words}
    assert {code: places for code, places in missing.items() if code not in KINDS} == {}


def test_what_stands_in_the_words_is_known_wherever_it_is_refused() -> None:
    refused = _refused()
    unknown = {
        f"{code} at {one.place}": asked - one.facts
        for code, text in _words("zh-CN").items()
        for one in refused.get(code, [])  # "…By" is said where the name is known
        if one.facts is not None and (asked := set(re.findall(r"\{(\w+)\}", text))) - one.facts
    }
    assert unknown == {}


def _faults() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the code of each fault of a rule, with the names of its facts."""
    for name in ("rules/model.py", "value/rules.py"):
        for node in ast.walk(ast.parse((HUB / "customers" / name).read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("Fault", "_Wrong"):
                continue
            code = node.args[2]
            if not isinstance(code, ast.Constant):
                continue  # where _Wrong makes its fault
            given = [one.arg for one in node.keywords if one.arg]
            facts = node.args[3] if len(node.args) > 3 else None
            if isinstance(facts, ast.Dict):
                given += [str(one.value) for one in facts.keys if isinstance(one, ast.Constant)]
            yield str(code.value), frozenset(given)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_fault_of_a_rule_has_its_words(language: str) -> None:
    texts = json.loads((TEXTS / "refusals" / f"{language}.json").read_text("utf-8"))["refusals"]
    words = dict(_flat(texts["fault"]))
    found = list(_faults())
    assert {code for code, _ in found} == set(words)
    for code, facts in found:
        assert set(re.findall(r"\{(\w+)\}", words[code])) <= facts, code
