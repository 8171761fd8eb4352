"""How the code is cut: file length, pure files, no channel compared, reasons for exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hub.core import errors
from tests.architecture.tree import all_files, files, lines, read

LONGEST_FILE = 400
CODE = (".py", ".ts", ".tsx", ".vue", ".mjs")

# Pure files do no I/O and take `now` (docs/architecture.md): the shells around them hold the rest.
PURE_NAMES = {"model.py", "engine.py", "parse.py", "render.py", "session.py", "protocol.py"}
PURE_FOLDERS = {"hub/hours"}
SHELLS = {Path("hub/storage/engine.py")}  # the database engine, another meaning of the word
IMPURE = {"aiohttp", "websockets", "sqlalchemy", "twilio", "asyncio"}

# What has to know one: the region of telephone numbers is that of the phone entry points.
KNOWS_A_CHANNEL = {Path("hub/contacts/home.py")}
CHANNELS = {"phone", "email", "webchat", "fax", "sms"}


def test_no_file_is_longer_than_can_be_read_in_a_sitting() -> None:
    long = {
        str(path): n
        for path in files(*CODE)
        if "migrations" not in path.parts  # made by Alembic
        if (n := len(lines(path))) > LONGEST_FILE
    }
    assert long == {}


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"helpers", "utils", "util", "misc", "common"}
    assert [str(path) for path in files(*CODE) if path.stem in drawers] == []


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def test_pure_files_import_no_sockets_and_no_database() -> None:
    impure = [
        f"{path}: {name}"
        for path in files(".py", under="hub")
        if path not in SHELLS
        if path.name in PURE_NAMES or str(path.parent) in PURE_FOLDERS
        for name in imported(ast.parse(read(path)))
        if name.partition(".")[0] in IMPURE or name.startswith("hub.storage")
    ]
    assert impure == []


def test_pure_files_do_not_read_the_clock() -> None:
    clock = re.compile(r"\b(datetime\.now|datetime\.utcnow|time\.time|time\.monotonic)\(")
    asked = [
        f"{path}:{number}"
        for path in files(".py", under="hub")
        if path.name in PURE_NAMES
        for number, line in enumerate(lines(path), 1)
        if clock.search(line)
    ]
    assert asked == []


def names_a_channel(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value in CHANNELS
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(names_a_channel(element) for element in node.elts)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"Channel", "ChannelKind"}
    )


def comparisons(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Compare) and any(
            names_a_channel(side) for side in (node.left, *node.comparators)
        ):
            yield f"{path}:{node.lineno}"


def test_no_code_outside_a_channel_asks_which_channel_it_is() -> None:
    allowed = tuple(f"hub/channels/{channel}" for channel in CHANNELS)
    asked = [
        found
        for path in files(".py", under="hub")
        if path not in KNOWS_A_CHANNEL
        if not path.is_relative_to("hub/demo") and not str(path).startswith(allowed)
        for found in comparisons(path)
    ]
    assert asked == []


def test_no_error_is_made_once_and_raised_again_and_again() -> None:
    """A shared error keeps the frames of everybody who met it: memory grows with each."""
    names = "|".join(
        name for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, Exception)
    )  # fmt: skip
    shared = re.compile(rf"^\w+(: [\w\[\]]+)? = ({names})\(")
    found = [
        f"{path}:{n}"
        for path in files(".py", under="hub")
        for n, line in enumerate(lines(path), 1)
        if shared.match(line)
    ]
    assert found == []


def test_every_exception_to_a_rule_names_the_rule_and_the_reason() -> None:
    exception = re.compile(r"#\s*(noqa|type:\s*ignore)\b(.*)")
    told = re.compile(
        r"(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|\[[a-z-]+(,\s*[a-z-]+)*\])\s*(-|–|#)\s*\S+"
    )
    bare = [
        f"{path}:{number}"
        for path in files(".py")
        for number, line in enumerate(lines(path), 1)
        if (found := exception.search(line)) and not told.match(found[2])
        if path.name != "test_shape.py"
    ]
    assert bare == []


def test_every_python_package_says_what_it_is_for() -> None:
    silent = [
        str(path)
        for path in files(".py", under="hub")
        if path.name != "__init__.py" or lines(path)
        if not ast.get_docstring(ast.parse(read(path)))
    ]
    assert silent == []


def test_no_large_file_is_in_the_repository() -> None:
    large = [str(path) for path in all_files() if path.stat().st_size > 1_500_000]
    assert large == []
