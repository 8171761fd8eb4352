"""Whom a hint concerns: an index from what it names to consoles, so that it costs only those."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Generic, TypeVar

C = TypeVar("C")
_NONE: frozenset[str] = frozenset()


class Kind(StrEnum):
    """What a key is the id of."""

    CONTACT = "contact"
    OTHER = "other"  # a contact of a customer who is shown, not shown itself
    CUSTOMER = "customer"
    CONVERSATION = "conversation"
    USER = "user"
    VIEWED = "viewed"  # a contact whose viewers are shown
    OPENED = "opened"  # the contact that is looked at, whoever holds it


Heard = tuple[Kind, str]


class Interests(Generic[C]):
    """Who watches what; each watcher tells anew whenever that changes."""

    def __init__(self) -> None:
        # Most keys concern one console, for whom a set is four times a tuple; it has one for all.
        self._watchers: dict[Kind, dict[str, tuple[C] | set[C]]] = {kind: {} for kind in Kind}
        self._watched: dict[tuple[C, Kind], frozenset[str]] = {}
        self._alone: dict[C, tuple[C]] = {}
        self._reading: dict[C, set[Heard]] = {}

    def watch(self, watcher: C, kind: Kind, keys: Collection[str]) -> None:
        """From now on `watcher` is concerned by exactly these keys of this kind."""
        before = self._watched.get((watcher, kind), _NONE)
        if before == keys:
            return
        now = self._watched[watcher, kind] = frozenset(keys)
        for key in now - before:
            self._add(watcher, kind, key)
        for key in before - now:
            self._forget(watcher, kind, key)

    @contextmanager
    def meanwhile(self, watcher: C) -> Iterator[set[Heard]]:
        """Collect what is asked for while `watcher` reads what it is going to watch.

        What it reads may be older than that, and `of` cannot name it before it has told.
        """
        heard = self._reading[watcher] = set()
        try:
            yield heard
        finally:
            del self._reading[watcher]

    def leave(self, watcher: C) -> None:
        """`watcher` is concerned by nothing any more."""
        for kind in Kind:
            for key in self._watched.pop((watcher, kind), _NONE):
                self._forget(watcher, kind, key)
        self._alone.pop(watcher, None)

    def of(self, kind: Kind, key: str) -> tuple[C, ...]:
        """Return who is concerned."""
        for heard in self._reading.values():
            heard.add((kind, key))
        return tuple(self._watchers[kind].get(key, ()))

    def _add(self, watcher: C, kind: Kind, key: str) -> None:
        watchers = self._watchers[kind]
        found = watchers.get(key)
        if found is None:
            watchers[key] = self._alone.setdefault(watcher, (watcher,))
        elif isinstance(found, tuple):
            watchers[key] = {*found, watcher}
        else:
            found.add(watcher)

    def _forget(self, watcher: C, kind: Kind, key: str) -> None:
        watchers = self._watchers[kind]
        found = watchers.get(key, ())
        if isinstance(found, tuple):
            if watcher in found:
                del watchers[key]
            return
        found.discard(watcher)
        if len(found) == 1:
            watchers[key] = (found.pop(),)
