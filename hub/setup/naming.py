"""What every refusal of a set-up says of a name that is not there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.core.errors import Fault


def refer(path: str, word: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
    """Yield a problem for each name that is not known; `path`: where it stands in the file."""
    there = set(known)
    for name in names:
        if name not in there:
            yield unknown(path, word, name, there)


def unknown(path: str, word: str, name: str, known: Iterable[str]) -> Fault:
    """Return the problem: there is no such thing, and these there are."""
    listed = ", ".join(sorted(known)) or "none"
    return Fault(path, f"there is no {word} {name!r}; known: {listed}")
