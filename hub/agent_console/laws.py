"""Laws of the contact queue that are broken now: what the wallboard shows above all figures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from hub.accounts.tables import users
from hub.contacts.tables import contacts
from hub.routing.laws.book import Standing, list_standing
from hub.storage import Store, Tx
from hub.web import Access, Principal, Role, View, route


class BrokenAt(View, frozen=True):
    """Where a law is broken. `contact_id`: the contact it is, if it is one; `name`: its reference,
    the agent's name, or the key of a queue.
    """

    name: str
    contact_id: str | None


class BrokenLaw(View, frozen=True):
    """`law`: served, one_taker, loads, waited, timers, stretches, state_times. `count`: in how many
    places, `since` the first of them; `places` for admins, else empty.
    """

    law: str
    count: int
    since: datetime
    places: list[BrokenAt]


class LawRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/laws/broken",
        access=Access.SUPERVISOR,
        summary="Laws of the contact queue that the rows break now",
    )
    async def broken(self, principal: Principal) -> list[BrokenLaw]:
        return await self._store.read(_broken, principal)


def _broken(tx: Tx, principal: Principal) -> list[BrokenLaw]:
    """Return the laws in the order in which they were found broken. Three statements."""
    standing = list_standing(tx)
    places: dict[str, BrokenAt] = {}
    if principal.role is Role.ADMIN:
        places = _places(tx, {one.subject for one in standing})
    by_law: dict[str, list[Standing]] = {}
    for one in standing:
        by_law.setdefault(one.law.value, []).append(one)
    return [_view(law, ones, places) for law, ones in by_law.items()]


def _view(law: str, ones: Sequence[Standing], places: dict[str, BrokenAt]) -> BrokenLaw:
    shown = [places[one.subject] for one in ones if one.subject in places]
    return BrokenLaw(law=law, count=len(ones), since=ones[0].found_at, places=shown)


def _places(tx: Tx, subjects: Collection[str]) -> dict[str, BrokenAt]:
    found = {one: BrokenAt(name=one, contact_id=None) for one in subjects}
    if subjects:
        named = select(users.c.id, users.c.name).where(users.c.id.in_(subjects))
        for row in tx.execute(named):
            found[row.id] = BrokenAt(name=row.name, contact_id=None)
        called = select(contacts.c.id, contacts.c.reference).where(contacts.c.id.in_(subjects))
        for row in tx.execute(called):
            found[row.id] = BrokenAt(name=row.reference, contact_id=row.id)
    return found
