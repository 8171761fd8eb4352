"""Password hashes: argon2id, computed on threads of its own, so that the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.core.errors import Unavailable

# OWASP Password Storage Cheat Sheet, argon2id: 46 MiB, one pass, one lane.
MEMORY_KIB = 46 * 1024
R = TypeVar("R")

_AT_ONCE = 2
_WAITING = 32


class Passwords:
    """Hashes and checks passwords, at most two at a time (memory), at most 32 waiting."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hub-argon2")
        self._waiting = 0
        # What an unknown user's password is checked against, so that it takes as long.
        self._nobody = self._hasher.hash("nobody has this password")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def hash_now(self, password: str) -> str:
        """Return the hash, computed here: for the command line, which has nothing else to do."""
        return self._hasher.hash(password)

    async def hash(self, password: str) -> str:
        """Return the hash in PHC form. Raises Unavailable when too many wait."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Say whether `stored` was made of `password`; as slow for an unknown user (None).

        Raises Unavailable when too many wait.
        """
        return await self._run(lambda: self._verify(stored or self._nobody, password)) and bool(
            stored
        )

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], R]) -> R:
        if self._waiting >= _WAITING:
            raise Unavailable("Too many people sign in at this moment. Try again shortly.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
