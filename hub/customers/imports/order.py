"""What an import is told: whose rows they are, how they are read, what may be seen meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import false

from hub.accounts.model import Actor
from hub.customers.access import Scope
from hub.customers.model import DEFAULT_TIER
from hub.storage import Tx

from .file import Source

Retier = Callable[[Tx, Collection[str]], None]


class Sight(Struct, frozen=True):
    """Whose customers a batch may complete: those its maker saw when they started it."""

    everything: bool = True
    branches: tuple[str, ...] = ()
    user_id: str = ""

    @classmethod
    def of(cls, scope: Scope) -> Sight:
        return cls(scope.everything, tuple(sorted(scope.branches)), scope.user_id)

    def scope(self) -> Scope:
        """The same as a condition on customers."""
        return Scope(self.user_id, self.everything, frozenset(self.branches), false())

    def sees(self, branch_id: str | None, owner_id: str | None) -> bool:
        if self.everything or branch_id is None or branch_id in self.branches:
            return True
        return bool(self.user_id) and owner_id == self.user_id


SEES_ALL = Sight()


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """`region` reads numbers; `source` is recorded with each new customer; `tiers` are the keys;
    new customers belong to `branch_id`.
    """

    actor: Actor
    data: Source
    region: str
    tiers: frozenset[str]
    default_tier: str = DEFAULT_TIER  # of who is new, where the file gives none
    source: str = "import"
    dry_run: bool = False
    encoding: str | None = None
    retier: Retier | None = None  # lets organisations' tiers count, and moves what waits
    branch_id: str | None = None
    sight: Sight = SEES_ALL
    file_name: str = ""
    blob_id: str | None = None  # where the file is kept, so that another process can go on
