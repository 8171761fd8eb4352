"""The page of the audit log says in words what was done: every act of the hub has some, in both."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from tests.architecture.tree import ROOT, files, read

WRITERS = {"audit", "audit_many", "note_change"}
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
# On what a colleague holds, every act is told alike, but for those with words.
OF_COLLEAGUES = "contact."


def test_every_act_has_words() -> None:
    acts = {act for path in files(".py", under="hub") for act in _acts(ast.parse(read(path)))}
    assert len(acts) > 90
    for language in ("en", "zh-CN"):
        words = ROOT / "hub/agent_console/web/src/i18n/audit" / f"{language}.json"
        known = set(json.loads(read(words))["audit"]["act"])
        assert {act for act in acts if not _is_known(act, known)} == set()


def _is_known(act: str, known: set[str]) -> bool:
    """Of one that is put together, some that begin alike."""
    key = act.replace(".", "_")
    if act.endswith(("*", OF_COLLEAGUES)):
        return act == f"{OF_COLLEAGUES}*" or any(one.startswith(key[:-1]) for one in known)
    return key in known


def _acts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
            for given in node.args:
                if isinstance(given, ast.Constant) and ACT.fullmatch(str(given.value)):
                    yield str(given.value)
                if isinstance(given, ast.JoinedStr) and isinstance(given.values[0], ast.Constant):
                    yield str(given.values[0].value) + "*"
