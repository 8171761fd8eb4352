"""All open consoles of this process: their route, and the service that tells them what is stale."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

from aiohttp import web

from hub.core.bus import Bus, Hint
from hub.core.errors import NotFound, Unauthenticated, Unavailable
from hub.desk.later import held_reply
from hub.phone_lists.rows import CHANGED as LISTS_CHANGED
from hub.routing.intervals import Intervals
from hub.routing.laws.book import BROKEN
from hub.routing.service import lose_presence
from hub.storage import Store, Tx
from hub.web.guard import Guard
from hub.web.metrics import WebMetrics
from hub.web.principal import Credentials, Role

from . import protocol as p
from .above import (
    all_admins,
    reached_deadline,
    supervisors_of_entry_point,
    supervisors_of_queue,
)
from .allocation_news import LEAD_TOPICS, PLAN_TOPICS, lead_news, plan_news
from .call_guests import TOPICS as GUEST_TOPICS
from .call_guests import guest_news
from .callback_views import changed_callbacks
from .campaign_news import CAMPAIGN_TOPICS, campaign_news
from .commitment_news import TOPICS as COMMITMENT_TOPICS
from .commitment_news import CommitmentNews, commitment_news
from .consulting import TOPICS as CONSULT_TOPICS
from .consulting import consult_news
from .desk_reads import AskFigures, failed_delivery, read_figures, returned_assignment
from .frames import FRAME_BYTES, WRITE_S
from .interests import Kind
from .link_news import LINK_TOPICS, link_news
from .mentions import MENTION_TOPICS, mention_news
from .outages import OUTAGE_TOPICS
from .ringing import RINGING_TOPICS
from .shared import Shared
from .viewing import tell_viewers
from .ws import Console

_RELOAD_S = 4.0  # a page that is loaded again is back by then
_FIGURES_S = 1.0
_GOODBYE_S = 2.0
_RESTART = 1001
_FIGURES_POLL_S = 5.0
_CALLBACK = "callback.changed"
_FOR_ADMINS = {"feed.silent": "feed_silent", BROKEN: "law_broken"}  # topic -> notice
_TOPICS = (
    "offer.changed",
    "agent.changed",
    "commitment.changed",
    "contact.changed",
    "contact.touched",
    "contact.queued",
    _CALLBACK,
    "conversation.heard",
    "conversation.grew",
    "conversation.marked",
    "conversation.live",
    *COMMITMENT_TOPICS,
    *LEAD_TOPICS,
    *PLAN_TOPICS,
    *CAMPAIGN_TOPICS,
    *LINK_TOPICS,
    *CONSULT_TOPICS,
    *GUEST_TOPICS,
    *MENTION_TOPICS,
    *RINGING_TOPICS,
    *OUTAGE_TOPICS,
    LISTS_CHANGED,
    "mention.read",
    "acknowledgements.stopped",
    "queue.deserted",
    *_FOR_ADMINS,
    "customer.changed",
    "customer.came",
    "delivery.failed",
    "delivery.late",
    "reply.held",
    "assignment.returned",
    "deadline.reached",
    "setup.changed",
    "words.changed",
    "account.changed",
)

_ReadNews = Callable[[Tx, tuple[str, str]], list[CommitmentNews]]
_NEWS: Mapping[str, _ReadNews] = {
    **dict.fromkeys(COMMITMENT_TOPICS, commitment_news),
    **dict.fromkeys(LEAD_TOPICS, lead_news),
    **dict.fromkeys(PLAN_TOPICS, plan_news),
    **dict.fromkeys(CAMPAIGN_TOPICS, campaign_news),
    **dict.fromkeys(CONSULT_TOPICS, consult_news),
    **dict.fromkeys(GUEST_TOPICS, guest_news),
    **dict.fromkeys(MENTION_TOPICS, mention_news),
    **dict.fromkeys(LINK_TOPICS, link_news),
}


async def _send_away(console: Console) -> None:
    with contextlib.suppress(TimeoutError, ConnectionError):  # gone, or not listening: cut below
        async with asyncio.timeout(_GOODBYE_S):
            await console.socket.close(code=_RESTART, message=b"restart")


class Consoles:
    """All open consoles of this process: the route, and the service that feeds them."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        guard: Guard,
        metrics: WebMetrics,
        day: Intervals,
        *,
        mask_numbers: bool,
    ) -> None:
        self._shared = Shared.of(store, bus, guard, day, masks=mask_numbers)
        self._metrics = metrics
        self._open: set[Console] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/v1/console", self._serve)]

    def is_connected(self, user_id: str) -> bool:
        """Has this user an open console."""
        return bool(self._shared.interests.of(Kind.USER, user_id))

    async def run(self) -> None:
        """Hand on hints and figures until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._dispatch(), name="console-hints")
                tasks.create_task(self._tick(), name="console-figures")
                tasks.create_task(tell_viewers(self._shared), name="console-viewers")
        finally:
            for task in self._leaving:  # consoles come back after a restart, or their lease ends
                task.cancel()

    async def close_all(self, _: web.Application) -> None:
        """Tell every console to come back (1001): called when the web server takes no more."""
        await asyncio.gather(*(_send_away(console) for console in self._open))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers or "Cookie" in request.headers:
            self._shared.guard.check_origin(request)
        socket = web.WebSocketResponse(
            max_msg_size=FRAME_BYTES, compress=False, timeout=WRITE_S, autoping=True
        )
        try:
            credentials = self._shared.guard.credentials_of(request)
        except Unauthenticated:
            credentials = Credentials(self._shared.guard.peer(request)[0])
        try:
            await socket.prepare(request)
        except ConnectionError:  # the page went away while it connected
            return socket
        console = Console(self._shared, socket, credentials)
        self._open.add(console)
        self._metrics.consoles.inc()
        try:
            await console.converse()
        finally:
            self._open.discard(console)
            console.viewing.leave()
            self._shared.interests.leave(console)
            self._metrics.consoles.dec()
            self._left(console.user_id)
            if not socket.closed and request.transport is not None:
                request.transport.abort()
        return socket

    async def _dispatch(self) -> None:
        """Mark as stale what hints speak of; after a loss everything is."""
        with self._shared.bus.subscribe(_TOPICS) as hints:
            while True:
                await self._heed(await hints.next(), lost=hints.take_lost())

    async def _heed(self, news: Sequence[Hint], *, lost: bool) -> None:
        """In a frame of its own: who waits for hints holds none of the last ones."""
        if lost:
            for console in self._open:
                console.resync = True
                console.wake.set()
            return
        stale = dict.fromkeys((h.topic, h.key) for h in news if h.data is None)
        await self._tell_of_callbacks([key for topic, key in stale if topic == _CALLBACK])
        for topic, key in stale:
            if topic != _CALLBACK:
                await self._hand_on(topic, key)
        for hint_ in news:
            if hint_.data is not None:
                self._hand_on_live(hint_)

    async def _hand_on(self, topic: str, key: str) -> None:
        if topic in ("contact.changed", "contact.queued", "agent.changed"):
            self._shared.figures_stale.set()
        if (read := _NEWS.get(topic)) is not None:
            await self._tell_news(read, topic, key)
            return
        if topic in ("delivery.failed", "delivery.late"):
            await self._tell_author(key, topic.replace(".", "_"))
            return
        if topic == "reply.held":
            await self._tell_of_held(key)
            return
        if topic == "assignment.returned":
            await self._tell_agent(key)
            return
        if topic == "deadline.reached":
            await self._tell_of_deadline(key)
            return
        if topic == "acknowledgements.stopped":
            await self._tell_supervisors(key)
            return
        if (code := _FOR_ADMINS.get(topic)) is not None:
            await self._tell_admins(code, key)
            return
        if topic == "queue.deserted":
            await self._tell_of_queue(key)
            return
        if topic in RINGING_TOPICS:
            self._notify({key}, ("ringing_changed", None, None, None))
            return
        if topic == LISTS_CHANGED:
            self._tell_of_lists()
            return
        interests = self._shared.interests
        match topic:
            case "conversation.heard" | "conversation.grew" | "conversation.marked":
                for console in interests.of(Kind.CONVERSATION, key):
                    console.look_at(key, recheck=topic == "conversation.marked")
            case "contact.changed" | "contact.touched":
                for console in interests.of(Kind.CONTACT, key):
                    console.mark_contact(key)
                if topic == "contact.changed":
                    for console in interests.of(Kind.OTHER, key):
                        console.mark_desk()
                    for console in interests.of(Kind.OPENED, key):
                        console.viewing.changed(key)
            case "customer.changed" | "customer.came":
                for console in interests.of(Kind.CUSTOMER, key):
                    console.mark_desk()
            case "account.changed":
                for console in interests.of(Kind.USER, key):
                    console.mark_rights()
            case "provider.changed":
                for console in self._open:
                    console.news.append(("provider_changed", None, None, None))
                    console.wake.set()
            case "setup.changed" | "words.changed":
                for console in self._open:
                    console.mark_setup()
            case _:
                for console in interests.of(Kind.USER, key):
                    console.mark_desk()

    def _hand_on_live(self, hint: Hint) -> None:
        data = hint.data or {}
        if hint.topic != "conversation.live" or data.get("from") != "customer":
            return
        said = data.get("text")
        frame = p.Live(
            conversation_id=hint.key,
            event=str(data.get("type")),
            on=bool(data.get("on")),
            text=None if said is None else str(said),
        )
        for console in self._shared.interests.of(Kind.CONVERSATION, hint.key):
            console.live.append(frame)
            console.wake.set()

    async def _tell_news(self, read: _ReadNews, topic: str, key: str) -> None:
        with contextlib.suppress(NotFound, Unavailable):  # its row is in a list in any case
            for news in await self._shared.store.read(read, (topic, key)):
                self._notify(news.user_ids, news[1:])

    async def _tell_of_callbacks(self, callback_ids: Sequence[str]) -> None:
        """Tell whoever may see them, all in one read."""
        if not callback_ids:
            return
        with contextlib.suppress(Unavailable):  # who shows them asks again after a while
            for changed in await self._shared.store.read(changed_callbacks, callback_ids):
                for console in self._open:
                    if console.principal is not None and changed.is_seen_by(console.principal):
                        console.mark_callback(changed.customer_id)

    def _tell_of_lists(self) -> None:
        """Let supervisors' pages read again, once for all that changed since they were told."""
        news = ("phone_lists_changed", None, None, None)
        for console in self._open:
            asker = console.principal
            if asker is not None and asker.role.at_least(Role.SUPERVISOR):
                if news not in console.news:
                    console.news.append(news)
                console.wake.set()

    async def _tell_supervisors(self, entry_point_id: str) -> None:
        with contextlib.suppress(Unavailable):  # each message says so, too
            above = await self._shared.store.read(supervisors_of_entry_point, entry_point_id)
            self._notify(above, ("acknowledgements_stopped", None, None, entry_point_id))

    async def _tell_of_queue(self, queue_id: str) -> None:
        with contextlib.suppress(Unavailable):  # the wallboard says so, too
            above = await self._shared.store.read(supervisors_of_queue, queue_id)
            self._notify(above, ("queue_deserted", None, None, queue_id))

    async def _tell_admins(self, code: str, detail: str) -> None:
        with contextlib.suppress(Unavailable):  # the wallboard says so, too
            admins = await self._shared.store.read(all_admins, None)
            self._notify(admins, (code, None, None, detail or None))

    async def _tell_agent(self, assignment_id: str) -> None:
        with contextlib.suppress(Unavailable):  # the contact is gone from the desk in any case
            told = await self._shared.store.read(returned_assignment, assignment_id)
            agent, contact, reference, why = told
            self._notify({agent}, (f"returned_{why}", contact, None, reference))

    async def _tell_of_deadline(self, entry_id: str) -> None:
        with contextlib.suppress(Unavailable):  # the timeline and the row say so, too
            told = await self._shared.store.read(reached_deadline, entry_id)
            if told is not None:
                self._notify(told.user_ids, (told.code, told.contact_id, None, told.reference))

    async def _tell_author(self, interaction_id: str, code: str) -> None:
        with contextlib.suppress(Unavailable):  # the interaction itself shows it
            author, contact, detail = await self._shared.store.read(failed_delivery, interaction_id)
            if author is not None:
                self._notify({author}, (code, contact, None, detail))

    async def _tell_of_held(self, scheduled_id: str) -> None:
        with contextlib.suppress(Unavailable):  # the contact itself shows it
            told = await self._shared.store.read(held_reply, scheduled_id)
            if told is not None:
                agent, contact, reference = told
                self._notify({agent}, ("reply_held", contact, None, reference))

    def _notify(
        self, user_ids: Collection[str], news: tuple[str, str | None, str | None, str | None]
    ) -> None:
        for user_id in user_ids:
            for console in self._shared.interests.of(Kind.USER, user_id):
                console.news.append(news)
                console.mark_desk()

    async def _tick(self) -> None:
        """Compute the figures at most once a second, once for each kind of reader."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIGURES_POLL_S):
                    await self._shared.figures_stale.wait()
            self._shared.figures_stale.clear()
            kinds: dict[object, list[Console]] = {}
            for console in self._open:
                kind = console.kind()
                if kind is not None:
                    kinds.setdefault(kind, []).append(console)
            if kinds:
                with contextlib.suppress(Unavailable):  # the next round tells
                    await self._share_figures(list(kinds.values()))
            await asyncio.sleep(_FIGURES_S)

    async def _share_figures(self, groups: list[list[Console]]) -> None:
        asked = [AskFigures(group[0].asker(), group[0].session.watches_board) for group in groups]
        shown = await self._shared.store.read(read_figures, (self._shared.day, asked))
        for group, figures in zip(groups, shown, strict=True):
            for console in group:
                console.figures = figures
                console.wake.set()

    def _left(self, user_id: str) -> None:
        """The last console of a user is gone: offers leave, unless it comes back at once."""
        if not user_id:
            return

        async def later() -> None:
            await asyncio.sleep(_RELOAD_S)
            if not self.is_connected(user_id):
                with contextlib.suppress(Unavailable):  # the presence lease runs out by itself
                    await self._shared.store.write(lose_presence, user_id)

        task = asyncio.create_task(later())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
