"""What must not be in a repository, and what must agree with each other in it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from hub.settings import Settings
from tests.architecture.tree import ROOT, all_files, files, read

TEXT = (".py", ".ts", ".vue", ".tsx", ".md", ".toml", ".json", ".html", ".css", ".lock", ".mjs", "")

# A folder of one developer's machine; /tmp, /usr and /var/lib are on every machine.
MACHINE = re.compile(r"(?<![\w.])/(work|home/[a-z]\w+|root|Users/\w+|opt/(pypi|wheels))/")


def test_no_path_of_one_machine_is_in_a_file() -> None:
    own = Path("tests/architecture/test_repository.py")
    found = [
        f"{path}: {match[0]}"
        for path in files(*TEXT)
        if path != own and (match := MACHINE.search(read(path)))
    ]
    assert found == []


def test_the_python_lock_pins_exact_versions_and_names_no_registry() -> None:
    lock = read(Path("requirements.lock"))
    assert "://" not in lock
    assert "--" not in re.sub(r"#.*", "", lock)
    pins = re.findall(r"^(?!\s|#)(.+)$", lock, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9._-]+==[\w.+!]+( ;.*)?", pin)] == []


def test_every_dependency_has_a_floor_and_is_in_the_lock() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", read(Path("requirements.lock")), re.MULTILINE))
    for wish in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[\[<>=;!~ ]", wish)[0]
        assert name.lower() in locked, f"{name}: run make lock"
        assert ">=" in wish or name == "tzdata", f"{wish} has no floor"  # tzdata: newest is right


LOCKS = [path for path in all_files() if path.name == "package-lock.json"]


@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_a_front_end_lock_names_no_registry(path: Path) -> None:
    packages = json.loads(read(path))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name
        for name, package in packages.items()
        if name and "integrity" not in package and not package.get("inBundle")
    ] == []


@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_a_front_end_pins_exact_versions(path: Path) -> None:
    package = json.loads(read(path.with_name("package.json")))
    wishes = package.get("dependencies", {}) | package.get("devDependencies", {})
    loose = [f"{n} {v}" for n, v in wishes.items() if not re.fullmatch(r"\d+\.\d+\.\d+[\w.-]*", v)]
    assert loose == []
    assert package["license"] == "GPL-3.0-or-later"


def setting_names(kind: type[msgspec.Struct]) -> set[str]:
    names: set[str] = set()
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            names |= setting_names(field.type)
        elif not field.name.endswith("_file") or field.name == "setup_file":
            names.add(field.name)
    return names


def test_every_setting_is_used_somewhere() -> None:
    used: set[str] = set()
    for path in files(".py", under="hub"):
        if "tests" not in path.parts:
            used |= {
                n.attr for n in ast.walk(ast.parse(read(path))) if isinstance(n, ast.Attribute)
            }
    assert setting_names(Settings) - used == set()


def keys(messages: dict[str, object], where: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in messages.items():
        found |= keys(value, f"{where}{key}.") if isinstance(value, dict) else {f"{where}{key}"}
    return found


def languages() -> list[tuple[Path, Path]]:
    """Return the English and the Chinese texts of each front end."""
    english = [path for path in all_files() if path.name == "en.json" and "i18n" in path.parts]
    return [(path, path.with_name("zh-CN.json")) for path in english]


def test_both_languages_have_the_same_keys() -> None:
    assert languages()
    for english, chinese in languages():
        first, second = keys(json.loads(read(english))), keys(json.loads(read(chinese)))
        assert first ^ second == set(), english
        assert first


def test_every_text_that_the_console_asks_for_is_there() -> None:
    asked = re.compile(r"""(?<![\w.$])\$?t\(\s*['"]([a-z_]\w*(?:\.\w+)+)['"]""")
    source = "hub/agent_console/web/src"
    english = [path for path, _ in languages() if path.is_relative_to(source)]
    known = set[str]().union(*(keys(json.loads(read(path))) for path in english))
    missing = [
        f"{path}: {key}"
        for path in files(".ts", ".vue", under=source)
        for key in asked.findall(read(path))
        if key not in known
    ]
    assert missing == []


def test_links_between_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)]*)?\)")
    broken = [
        f"{path} -> {target}"
        for path in files(".md")
        for target, _ in link.findall(read(path))
        if not (ROOT / path.parent / target).exists()
    ]
    assert broken == []


def test_what_is_compiled_is_as_new_as_its_source() -> None:
    """Python takes `engine.*.so` before `engine.py`: an old one would hide what is written."""
    old = [
        made.name
        for made in (ROOT / "hub").glob("*/*.so")
        if made.stat().st_mtime < made.with_name(made.name.split(".")[0] + ".py").stat().st_mtime
    ]
    assert old == [], "run make compiled, or make interpreted"
