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


def half_named(path: str, zh: object, en: object) -> Iterator[Fault]:
    """Yield a problem where something has a name in one language only; in none is no problem."""
    said = {"zh": _says(zh), "en": _says(en)}
    if any(said.values()):
        for language in (one for one, is_there in said.items() if not is_there):
            yield Fault(f"{path}.{language}", "is missing")


def _says(name: object) -> bool:
    return not isinstance(name, str) or name.strip() != ""


def unknown(path: str, word: str, name: str, known: Iterable[str]) -> Fault:
    """Return the problem: there is no such thing, and these there are."""
    listed = ", ".join(sorted(known)) or "none"
    return Fault(path, f"there is no {word} {name!r}; known: {listed}")
