"""What a user does with customers: only with those they may see, checked in the transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hub.storage import Store, Tx
from hub.web import Principal

from .access import Scope, SeesMore, access_customer

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _On(Generic[C, R]):
    """A command on customers, all of whom `principal` has to see."""

    principal: Principal
    customer_ids: tuple[str, ...]
    work: Callable[[Tx, C], R]
    command: C


class Acting:
    """`sees_more`: see Scope."""

    def __init__(self, store: Store, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more

    def scope(self, tx: Tx, principal: Principal) -> Scope:
        """Return whose customers this user may see."""
        return Scope.of(tx, principal, self._sees_more)

    async def on(
        self,
        principal: Principal,
        customer_ids: Sequence[str],
        work: Callable[[Tx, C], R],
        command: C,
    ) -> R:
        """Do something with customers that this user may see. Raises NotFound for others."""
        asked = _On(principal, tuple(sorted(set(customer_ids))), work, command)
        done: R = await self._store.write(self._do, asked)
        return done

    def _do(self, tx: Tx, asked: _On[Any, Any]) -> Any:
        scope = self.scope(tx, asked.principal)
        for customer_id in asked.customer_ids:
            access_customer(tx, scope, customer_id)
        return asked.work(tx, asked.command)
