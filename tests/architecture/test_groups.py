"""A whole run takes each test once, in one of the groups of `tools/check.py`."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterator

from tests.architecture.tree import ROOT

CHECK = runpy.run_path(str(ROOT / "tools" / "check.py"))


def taken(told: tuple[str, ...]) -> Iterator[str]:
    """The files that a pytest runs which is told this."""
    left = tuple(one.partition("=")[2] for one in told if one.startswith("--ignore="))
    named = tuple(one for one in told if not one.startswith("-")) or ("tests",)
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        file = path.relative_to(ROOT)
        around = {file.as_posix(), *(folder.as_posix() for folder in file.parents)}
        if around & set(named) and not around & set(left):
            yield file.as_posix()


def test_each_file_of_tests_is_in_one_group() -> None:
    groups = {name: list(taken(told)) for name, told in CHECK["groups"]().items()}
    found = Counter(file for files in groups.values() for file in files)
    every = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py")}
    assert found == Counter(every)
    assert [name for name, files in groups.items() if not files] == []
