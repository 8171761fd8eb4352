"""The demo's own pages: three doors, the customer's desk, the shop. Served beside the hub, on its
own port, so that they go on while the hub is killed. Only for this machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from aiohttp import web

from .child import HubProcess
from .outside import NO_ANSWER, Act, Outside, patient
from .seed import Login
from .shop import shop_routes
from .three import Three
from .trials import try_mailbox, try_phone, try_widget
from .visitors import Visitor, Visitors
from .world import LANGUAGES, Talk, World

log = logging.getLogger(__name__)

_TEST_S = 45.0
_DOOR_S = 25.0
_IN_LINE_S = 15.0
_WELCOME_EVERY_S = 180.0
_PAGES = Path(__file__).parent / "pages"
_POLICY = (
    "default-src 'self'; script-src 'self' {hub}; style-src 'self'; img-src 'self' data: {hub};"
    " connect-src 'self' {hub} {chat}; media-src 'self' {hub}; frame-ancestors 'none'"
)


class ActBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the visitor does as a customer."""

    kind: Literal["chat", "end_chat", "mail", "reply", "fax", "call", "say", "press", "hang_up"]
    persona: Literal["gold", "standard", "unknown"]
    language: Literal["zh-CN", "en"]
    text: str = ""


class DoorSite:
    """Handlers. `links`: what the pages need to know, shown as they are at /demo.json."""

    def __init__(
        self,
        world: World,
        outside: Outside,
        three: Three,
        hub: HubProcess,
        logins: list[Login],
        links: dict[str, str],
        *,
        welcomes: bool,
    ) -> None:
        self._world = world
        self._outside = outside
        self._hub = hub
        self._logins = logins
        self._links = links
        self._welcomes = welcomes
        self._welcomed_at = -_WELCOME_EVERY_S
        self._visitors = Visitors(outside, world)
        self._acts: set[asyncio.Task[None]] = set()
        self._three = three

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
                web.post("/three", self._send_three),
                web.get("/three.json", self._standing),
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
        samples = {language: self._samples(language) for language in LANGUAGES}
        return _json({**self._links, "users": users, "samples": samples})

    def _samples(self, language: str) -> dict[str, object]:
        """Who the visitor can be, and words to begin with: the colleagues know their answers."""

        def talk(channel: str) -> Talk:
            return self._world.talks_for(channel, language)[0]

        personas = {
            persona: self._visitors.person(persona, language)
            for persona in ("gold", "standard", "unknown")
        }
        return {
            "personas": {
                persona: {"name": one.name, "email": one.email, "phone": one.phone, "fax": one.fax}
                for persona, one in personas.items()
            },
            "say": talk("phone").first,
            "chat": talk("webchat").first,
            "subject": talk("email").subject,
            "mail": talk("email").first,
            "fax": talk("fax").first,
        }

    async def _feed(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        lines = self._outside.feed.after(int(after) if after.isdigit() else 0)
        return _json(
            {
                "lines": lines,
                "hub_up": self._hub.ready.is_set(),
                "starts": self._hub.starts,
                "back_after_s": self._hub.back_after_s,
                "on_the_phone": self._visitors.on_the_phone(),
            }
        )

    async def _balance(self, _: web.Request) -> web.Response:
        return _json(await asyncio.to_thread(self._outside.ledger.balance, self._outside.database))

    async def _enter(self, request: web.Request) -> web.Response:
        """Make a one-click sign-in for the agent's or the supervisor's door and go there."""
        role = request.match_info["role"]
        login = next((one for one in self._logins if one.role == role and not one.works), None)
        if login is None:
            raise web.HTTPNotFound(text="There is no such door.")
        try:
            async with asyncio.timeout(_DOOR_S):
                await self._hub.ready.wait()
                token = await self._door_token(login)
        except (*NO_ANSWER, aiohttp.ClientError) as error:
            raise web.HTTPServiceUnavailable(
                text="hub 正在启动，请稍后刷新。The hub is starting: reload in a moment."
            ) from error
        # Two names of this machine, so that both doors stay open side by side: two cookies.
        console = self._links["console_url"]
        if role == "supervisor":
            console = console.replace("127.0.0.1", "localhost")
        language = _language(request)
        if role == "agent":
            await self._welcome(language)
        raise web.HTTPFound(f"{console}/enter?language={language}#{token}")

    async def _welcome(self, language: str) -> None:
        """Let a gold customer call for a repair, and wait in line before the agent is there.

        Nobody else who takes calls is graded for it, so she waits for this agent: the first offer
        shows a promise used up, that they know each other, and what is due today. If she came
        later, a chat offered first could fill the place that a call needs.
        """
        now = time.monotonic()
        if not self._welcomes or now - self._welcomed_at < _WELCOME_EVERY_S:
            return
        self._welcomed_at = now
        person = self._world.person("gold", language)
        act = Act(person, self._world.repair_call(language), calm=3.0)
        number = self._outside.addresses.repair_line
        caller = await self._outside.dial(act, number)
        self._start(self._outside.stay(caller, act, patience_s=150))
        with contextlib.suppress(TimeoutError):
            await caller.until("queue", _IN_LINE_S)  # she was greeted, and waits from now on

    async def _door_token(self, login: Login) -> str:
        admin = next(one for one in self._logins if one.role == "admin")
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self._links['console_url']}/api/v1/doors",
                json={"user_id": login.id},
                headers={"Authorization": f"Bearer {admin.api_key}"},
            ) as answer,
        ):
            answer.raise_for_status()
            return str((await answer.json())["token"])

    async def _act(self, request: web.Request) -> web.Response:
        try:
            body = msgspec.json.decode(await request.read(), type=ActBody)
        except msgspec.DecodeError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        visitor = self._visitors.visitor(body.persona, body.language)
        self._start(_ACTS[body.kind](visitor, body.text))
        return _json({"lane": visitor.lane})

    async def _send_three(self, request: web.Request) -> web.Response:
        self._three.start(_language(request))
        return _json({"lane": "three"})

    async def _standing(self, _: web.Request) -> web.Response:
        return _json(await self._three.standing())

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
                detail = await test(
                    self._outside, self._visitors.visitor("unknown", _language(request))
                )
        except NO_ANSWER as error:
            return _json({"ok": False, "detail": type(error).__name__})
        return _json({"ok": True, "detail": detail, "took_s": time.monotonic() - began})

    def _start(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(patient(act))
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)


_ACTS: dict[str, Callable[[Visitor, str], Coroutine[Any, Any, None]]] = {
    "chat": Visitor.chat,
    "end_chat": Visitor.end_chat,
    "mail": Visitor.mail,
    "reply": Visitor.reply,
    "fax": Visitor.fax,
    "call": Visitor.call,
    "say": Visitor.say,
    "press": Visitor.press,
    "hang_up": Visitor.hang_up,
}


def _language(request: web.Request) -> str:
    return "en" if request.query.get("language") == "en" else "zh-CN"


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
