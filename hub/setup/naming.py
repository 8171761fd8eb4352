"""What every refusal of a set-up says of a name that is not there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def refer(path: str, word: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Yield a problem for each name that is not known; `path`: where it stands in the file."""
    there = set(known)
    for name in names:
        if name not in there:
            yield unknown(path, word, name, there)


def unknown(path: str, word: str, name: str, known: Iterable[str]) -> str:
    """Return the problem: there is no such thing, and these there are."""
    listed = ", ".join(sorted(known)) or "none"
    return f"{path}: there is no {word} {name!r}; known: {listed}"
