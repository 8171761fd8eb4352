"""The pages have words for all that the check says: each sentence of it is known there."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

HUB = Path(__file__).parents[3] / "hub"
WEB = HUB / "agent_console/web/src"
WORDS = WEB / "features/setup/domain/problem_words.ts"
_LINE = re.compile(
    r"^  \[/(?P<pattern>.+)/(?P<flags>[a-z]+), '(?P<key>\w+)', \[.*\]\],$", re.MULTILINE
)

# What a name in a sentence stands for, where that is more than a name.
_PARTS = {"the last of 3:": "the last of 3 steps of 3 days:", "; 3 are3": "; 3 are"}


def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return what the pages know of problems, in the order in which it is tried."""
    text = WORDS.read_text("utf-8").split("const WARNINGS")[0]
    return [
        (re.compile(one["pattern"], re.I | (re.S if "s" in one["flags"] else 0)), one["key"])
        for one in _LINE.finditer(text)
    ]


def _sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence of a fault that is written in hub/setup, with 3 for what it names."""
    for path in sorted((HUB / "setup").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "Fault" and len(node.args) == 2:
                said = _text(node.args[1])
                if said:
                    yield f"{path.name}:{node.lineno}", said


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""  # passed on from elsewhere
    said = "".join(
        str(part.value)
        if isinstance(part, ast.Constant)
        else "'3'"
        if isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
        else "3"
        for part in node.values
    )
    for name, more in _PARTS.items():
        said = said.replace(name, more)
    return said


def test_every_problem_the_check_tells_has_words_in_the_pages() -> None:
    patterns = _patterns()
    said = list(_sentences())
    assert len(said) > 40
    unknown = [one for one in said if not any(known.search(one[1]) for known, _ in patterns)]
    assert unknown == []


def test_what_the_pages_know_is_said_in_both_languages() -> None:
    keys = {key for _, key in _patterns()}
    for language in ("en", "zh-CN"):
        texts = json.loads((WEB / f"i18n/setup/{language}.json").read_text("utf-8"))
        assert keys - set(texts["setup"]["told"]) == set(), language
