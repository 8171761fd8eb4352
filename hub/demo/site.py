"""The demo's own pages: three doors, the customer's desk, the shop. Served beside the hub, on its
own port, so that they go on while the hub is killed. Only for this machine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from .child import HubProcess
from .ledger import Ledger
from .outside import NO_ANSWER, Act, Outside
from .seed import Login
from .shop import shop_routes
from .trials import try_mailbox, try_phone, try_widget
from .visitors import Visitor, Visitors
from .world import World

log = logging.getLogger(__name__)

_TEST_S = 30.0
_PAGES = Path(__file__).parent / "pages"
_POLICY = (
    "default-src 'self'; script-src 'self' {hub}; style-src 'self'; img-src 'self' data: {hub};"
    " connect-src 'self' {hub} {chat}; media-src 'self' {hub}; frame-ancestors 'none'"
)


class ActBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the visitor does as a customer. `persona`: gold, standard or unknown."""

    kind: str
    persona: str
    language: str
    text: str = ""


class DoorSite:
    """Handlers. `links`: what the pages need to know, shown as they are at /demo.json."""

    def __init__(
        self,
        world: World,
        outside: Outside,
        hub: HubProcess,
        ledger: Ledger,
        database: Path,
        logins: list[Login],
        links: dict[str, str],
    ) -> None:
        self._world = world
        self._outside = outside
        self._hub = hub
        self._ledger = ledger
        self._database = database
        self._logins = logins
        self._links = links
        self._visitors = Visitors(outside, world)
        self._acts: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._same_site])
        app.add_routes(
            [
                web.get("/", self._page("doors.html")),
                web.get("/customer", self._page("customer.html")),
                *shop_routes(self._links["console_url"], self._links["chat_url"]),
                web.get("/demo.json", self._facts),
                web.get("/feed.json", self._feed),
                web.get("/balance.json", self._balance),
                web.get("/enter/{role}", self._enter),
                web.post("/act", self._act),
                web.post("/three", self._three),
                web.post("/kill", self._kill),
                web.post("/test/{part}", self._test),
                web.static("/pages", _PAGES),
            ]
        )
        return app

    @web.middleware
    async def _same_site(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Acts come from our own pages only: another site's page cannot kill the hub."""
        origin = request.headers.get("Origin")
        if request.method != "GET" and origin not in (None, self._links["start_url"].rstrip("/")):
            raise web.HTTPForbidden(text="This page belongs to another site.")
        if request.host.partition(":")[0] not in ("127.0.0.1", "localhost"):
            raise web.HTTPForbidden(text="The demo answers only on this machine.")
        response = await handler(request)
        policy = _POLICY.format(hub=self._links["console_url"], chat=self._links["chat_url"])
        response.headers.setdefault("Content-Security-Policy", policy)  # the shop has its own
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _page(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(_: web.Request) -> web.StreamResponse:
            return web.FileResponse(_PAGES / name, headers={"Cache-Control": "no-cache"})

        return serve

    async def _facts(self, _: web.Request) -> web.Response:
        users = [
            {"email": one.email, "password": one.password, "role": one.role, "name": one.name}
            for one in self._logins
            if not one.works
        ]
        return _json({**self._links, "users": users})

    async def _feed(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        lines = self._outside.feed.after(int(after) if after.isdigit() else 0)
        return _json(
            {
                "lines": lines,
                "hub_up": self._hub.ready.is_set(),
                "starts": self._hub.starts,
                "back_after_s": self._hub.back_after_s,
            }
        )

    async def _balance(self, _: web.Request) -> web.Response:
        return _json(await asyncio.to_thread(self._ledger.balance, self._database))

    async def _enter(self, request: web.Request) -> web.Response:
        """Make a one-click sign-in for the agent's or the supervisor's door and go there."""
        role = request.match_info["role"]
        login = next((one for one in self._logins if one.role == role and not one.works), None)
        admin = next(one for one in self._logins if one.role == "admin")
        if login is None:
            raise web.HTTPNotFound
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self._links['console_url']}/api/v1/doors",
                json={"user_id": login.id},
                headers={"Authorization": f"Bearer {admin.api_key}"},
            ) as answer,
        ):
            answer.raise_for_status()
            token = (await answer.json())["token"]
        # Two names of this machine, so that both doors stay open side by side: two cookies.
        console = self._links["console_url"]
        if role == "supervisor":
            console = console.replace("127.0.0.1", "localhost")
        raise web.HTTPFound(f"{console}/enter#{token}")

    async def _act(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=ActBody)
        visitor = self._visitors.visitor(body.persona, body.language)
        self._start(_as_visitor(visitor, body))
        return _json({"lane": visitor.lane})

    async def _three(self, request: web.Request) -> web.Response:
        """A standard mail, a low chat and a gold call: in wrong, out right."""
        language = "en" if request.query.get("language") == "en" else "zh-CN"
        acts = [
            (self._outside.mail, self._plan("standard", "email", language)),
            (self._outside.chat, self._plan("low", "webchat", language)),
            (self._outside.call, self._plan("gold", "phone", language)),
        ]

        async def one_after_another() -> None:
            async with asyncio.TaskGroup() as tasks:
                for act, plan in acts:
                    tasks.create_task(_patient(act(plan)))
                    await asyncio.sleep(0.4)

        self._start(one_after_another())
        return _json({"lane": "three"})

    def _plan(self, tier: str, channel: str, language: str) -> Act:
        person = self._world.person(tier, language)
        return Act(person, self._world.talks_for(channel, person.language)[0], lane="three")

    async def _kill(self, _: web.Request) -> web.Response:
        """SIGKILL under traffic; the parent starts it again."""
        self._hub.kill()
        self._outside.feed.add("", "system", "", "kill -9")
        return _json({"killed": True})

    async def _test(self, request: web.Request) -> web.Response:
        """Try one way in as a customer would, and say how it went."""
        tests = {"mailbox": try_mailbox, "widget": try_widget, "phone": try_phone}
        test = tests.get(request.match_info["part"])
        if test is None:
            raise web.HTTPNotFound
        began = time.monotonic()
        try:
            async with asyncio.timeout(_TEST_S):
                detail = await test(self._outside, self._visitors.visitor("unknown", "en"))
        except NO_ANSWER as error:
            return _json({"ok": False, "detail": type(error).__name__})
        return _json({"ok": True, "detail": detail, "took_s": time.monotonic() - began})

    def _start(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_patient(act))
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)


async def _patient(act: Awaitable[None]) -> None:
    """A customer who gives up is no fault; anything else is written to the log."""
    try:
        await act
    except NO_ANSWER as error:
        log.info("a customer gave up: %s", type(error).__name__)
    except Exception:
        log.exception("a demo act broke")


async def _as_visitor(visitor: Visitor, body: ActBody) -> None:
    acts = {
        "chat": visitor.chat,
        "mail": visitor.mail,
        "call": visitor.call,
        "say": visitor.say,
        "press": visitor.press,
        "hang_up": visitor.hang_up,
        "fax": visitor.fax,
        "end_chat": visitor.end_chat,
    }
    await acts[body.kind](body.text)


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
