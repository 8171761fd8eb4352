"""Names that refer to other parts of the set-up file: those that are not there are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def refer(path: str, word: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Yield a problem for each name that is not known. `word`: what a person calls it."""
    there = set(known)
    for name in names:
        if name not in there:
            yield unknown(path, word, name, there)


def unknown(path: str, word: str, name: str, known: Iterable[str]) -> str:
    """Return the problem of a name that is not known, with those that are."""
    listed = ", ".join(sorted(known)) or "none"
    return f"{path}: there is no {word} {name!r}; known: {listed}"
