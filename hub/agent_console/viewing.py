"""What one console looks at, told to the others; and what the others do, told to it.

Everything travels as hints that carry data: nothing is written, a lost one is made up for by the
next heartbeat, and with several processes every one of them hears it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.contacts.tables import contacts
from hub.core.bus import Hint
from hub.core.ids import new_id
from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.web.principal import Principal, Role

from . import protocol as p
from .interests import Kind
from .readers import sight_of
from .viewers import Doing, Said, Viewer

if TYPE_CHECKING:
    from .shared import Shared
    from .ws import Console

TOPIC = "contact.viewed"
_GONE = "gone"
_FADE_S = 1.0
_RECHECK_BEATS = 6  # what may be seen is looked up again every half minute


class Viewing:
    """One console's part: the contact its user has open, and those whose viewers it shows."""

    def __init__(self, shared: Shared, console: Console) -> None:
        self._shared = shared
        self._console = console
        self._id = new_id()
        self._open: str | None = None
        self._doing = Doing.LOOKING
        self._since = datetime.now(UTC)
        self._watched: frozenset[str] = frozenset()
        self._silent = False
        self._beats = 0
        self._news: set[str] = set()
        self._heard = False

    async def look(self, frame: p.Look) -> None:
        """The user opened another contact, or does something else with it. Reads once a contact."""
        if frame.contact_id != self._open:
            self.leave()
            asked = [] if frame.contact_id is None else [frame.contact_id]
            self._heard = False
            self._shared.interests.watch(self._console, Kind.OPENED, asked)
            if asked and not await self._admitted(asked):
                self.leave()
                return
            self._open = frame.contact_id
            if self._open is not None and self._heard:
                self.changed(self._open)
        elif frame.doing == self._doing:
            return
        self._doing, self._since = Doing(frame.doing), datetime.now(UTC)
        self._publish(self._doing)

    def typing(self, frame: p.Typing) -> None:
        """Tell the customer that an answer is being written: only who holds it writes to them."""
        if self._console.session.talks_in(frame.conversation_id):
            data: dict[str, str | bool] = {
                "type": "typing",
                "from": "agent",
                "on": frame.on,
                "name": self._console.asker().name,
            }
            self._shared.bus.publish(Hint("conversation.live", frame.conversation_id, data))

    async def watch(self, frame: p.WatchViewers) -> None:
        """Show viewers of these contacts, of which only those that the user may see count."""
        self._watched = await self._admitted(frame.contact_ids)
        self._index()
        self.mark(self._shared.viewers.occupied(self._watched))

    async def renew(self) -> None:
        """With each heartbeat: the lease goes on; now and then, rights are looked up again."""
        self._publish(self._doing)
        self._beats += 1
        if self._beats % _RECHECK_BEATS == 0 and (asked := self._shown()):
            seen = await self._admitted(list(asked))
            self._watched &= seen
            self._index()
            if self._open not in seen:
                self.leave()

    def leave(self) -> None:
        """The contact is left, or the socket has closed."""
        self._publish(_GONE)
        self._open = None
        self._shared.interests.watch(self._console, Kind.OPENED, ())

    def changed(self, contact_id: str) -> None:
        """The contact that is looked at has changed: who does not hold it reads it again."""
        if contact_id != self._open:  # its rights are being looked up
            self._heard = True
        elif contact_id not in self._console.session.held_ids:
            news = ("opened_changed", contact_id, None, None)
            if news not in self._console.news:
                self._console.news.append(news)
            self._console.wake.set()

    def mark(self, contact_ids: Collection[str]) -> None:
        """There is something new to be told of these."""
        self._news |= set(contact_ids) & self._watched
        if self._news:
            self._console.wake.set()

    def frames(self) -> list[p.Viewers]:
        """Return what is new, as it is now: however often it changed, one frame a contact."""
        news, self._news = self._news, set()
        return [self._frame(contact_id) for contact_id in sorted(news & self._watched)]

    def _frame(self, contact_id: str) -> p.Viewers:
        others = self._shared.viewers.at(contact_id, without=self._console.user_id)
        return p.Viewers(
            contact_id=contact_id,
            viewers=[
                p.ViewerView(user_id=one.user_id, name=one.name, doing=one.doing, since=one.since)
                for one in others
            ],
        )

    def _shown(self) -> frozenset[str]:
        return self._watched | ({self._open} if self._open is not None else frozenset())

    def _index(self) -> None:
        self._shared.interests.watch(self._console, Kind.VIEWED, self._watched)

    async def _admitted(self, contact_ids: list[str]) -> frozenset[str]:
        """Return which of these the user may see, and note whether they are shown to others."""
        asked = (self._console.asker(), contact_ids)
        seen, self._silent = await self._shared.store.read(_visible, asked)
        return seen

    def _publish(self, doing: str) -> None:
        if self._open is None or (self._silent and doing == Doing.LOOKING):
            if self._open is not None:  # they wrote, and only read on
                self._say(_GONE)
            return
        self._say(doing)

    def _say(self, doing: str) -> None:
        if self._open is None:
            return
        asker = self._console.asker()
        data: dict[str, str | float] = {
            "console": self._id,
            "user": asker.user_id,
            "name": asker.name,
            "doing": doing,
            "since": self._since.timestamp(),
        }
        self._shared.bus.publish(Hint(TOPIC, self._open, data))


async def tell_viewers(shared: Shared) -> None:
    """Keep who looks at what, and mark the consoles that show it, until cancelled."""
    now_s = asyncio.get_running_loop().time
    with shared.bus.subscribe([TOPIC]) as hints:
        while True:
            changed = dict.fromkeys(
                hint.key for hint in await hints.next(_FADE_S) if _take(shared, hint, now_s())
            )
            changed.update(dict.fromkeys(shared.viewers.expire(now_s())))
            for contact_id in changed:
                for console in shared.interests.of(Kind.VIEWED, contact_id):
                    console.viewing.mark([contact_id])


def _take(shared: Shared, hint: Hint, now_s: float) -> bool:
    data = hint.data or {}
    console_id, doing = str(data.get("console")), data.get("doing")
    if doing == _GONE:
        return shared.viewers.gone(hint.key, console_id)
    with contextlib.suppress(ValueError):  # a process of another version says something else
        since = datetime.fromtimestamp(float(data.get("since") or 0), UTC)
        viewer = Viewer(str(data.get("user")), str(data.get("name")), Doing(str(doing)), since)
        return shared.viewers.heard(Said(hint.key, console_id, viewer), now_s)
    return False


def _visible(tx: Tx, asked: tuple[Principal, list[str]]) -> tuple[frozenset[str], bool]:
    """Return which contacts the principal may see; and whether, just reading, they stay unseen."""
    principal, contact_ids = asked
    found = select(contacts.c.id).where(
        contacts.c.id.in_(sorted(set(contact_ids))), sight_of(tx, principal).contacts()
    )
    steers = principal.role.at_least(Role.SUPERVISOR)
    silent = steers and load_settings(tx).supervisors_read_unseen
    return frozenset(tx.execute(found).scalars()), silent
