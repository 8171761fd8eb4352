"""What each role may do, told from the routes themselves: the same data the guard checks by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.web import Access, Role, route
from hub.web.routes import Declared, declared_routes
from hub.web.shapes import View

_OTHER = "other"
_TAGS: Mapping[str, tuple[str, ...]] = {
    "contacts": (
        *("contacts", "conversations", "interactions", "offers", "attachments", "colleagues"),
        *("queues", "agents", "board", "quarantine", "recordings"),
    ),
    "customers": ("customers", "conflicts", "splits", "complaints", "outreach", "products"),
    "commitments": ("commitments", "specialists", "callbacks", "allocations"),
    "knowledge": ("knowledge", "article-files"),
    "campaigns": ("campaigns", "groups", "phone-lists", "do-not-call"),
    "tiers": ("tiers", "tier-objections"),
    "reports": ("reports", "exports", "whatif"),
    "imports": ("imports", "feeds"),
    "people": ("users", "teams", "roles"),
    "setup": ("setup", "entry-points", "audit"),
    "own": ("me", "session", "api-keys"),
}
AREAS = (*_TAGS, _OTHER)
"""What the acts of the hub are about, in the order in which they are shown."""

_AREA_OF = {tag: area for area, tags in _TAGS.items() for tag in tags}


class ActView(View, frozen=True):
    """One thing that can be done; `role`: the least one that may. `changes`: it is no mere look."""

    role: Role
    changes: bool
    summary: str


class AreaView(View, frozen=True):
    """`reads`, `changes`: the least role that may look at, or change, anything here."""

    key: str
    reads: Role | None
    changes: Role | None
    acts: list[ActView]


def areas_of(declared: Iterable[Declared]) -> list[AreaView]:
    """Sort what these routes do by what it is about. Routes for anybody are no right."""
    acts: dict[str, list[ActView]] = {area: [] for area in AREAS}
    for one in declared:
        if (role := one.access.least_role) is not None:
            act = ActView(role=role, changes=one.changes, summary=one.summary)
            acts[_AREA_OF.get(one.tag, _OTHER)].append(act)
    return [
        AreaView(
            key=area,
            reads=_least(one.role for one in found if not one.changes),
            changes=_least(one.role for one in found if one.changes),
            acts=sorted(found, key=lambda one: (one.role.rank, one.changes, one.summary)),
        )
        for area, found in acts.items()
        if found
    ]


def _least(roles: Iterable[Role]) -> Role | None:
    return min(roles, key=lambda role: role.rank, default=None)


class RoleRoutes:
    """`owners`: the objects whose routes the hub serves."""

    def __init__(self, owners: Iterable[object]) -> None:
        mine = declared_routes(RoleRoutes)
        others = [one for owner in owners for one in declared_routes(type(owner))]
        self._areas = areas_of([*others, *mine])

    @route("GET", "/api/v1/roles", access=Access.SUPERVISOR, summary="What each role may do")
    async def roles(self) -> list[AreaView]:
        return self._areas
