"""Browsers at the simulated provider: the signalling that Twilio's voice SDK speaks.

One WebSocket for each browser (`wss://…/signal`, JSON `{type, payload, version}`), as read in the
source of @twilio/voice-sdk 2.18 (pstream.js, device.js): listen with an access token → connected;
register → ready; invite with an offer → answer, reject or hangup; dtmf; a line feed is the pulse.
Sound is the business of a `MediaPeer`: whoever makes the offer hears and speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt
from aiohttp import WSMsgType, web

from .state import SimCall, now

_PULSE_S = 8.0  # the SDK takes a line for dead after 15 s without a word
_INVALID_TOKEN = 31204
_EXPIRED_TOKEN = 31205


class MediaPeer(Protocol):
    """The provider's end of the sound of one call."""

    async def offer(self) -> str:
        """Return the SDP that the browser is offered."""

    async def answered(self, sdp: str) -> None:
        """Take the browser's answer: from now on there is sound both ways."""

    async def close(self) -> None: ...


@dataclass(slots=True)
class BrowserLeg:
    """A call at one browser. `outcome`: "answer", "reject" or "gone"."""

    call: SimCall
    browser: Browser
    outcome: asyncio.Future[str]
    peer: MediaPeer | None = None
    ended: Callable[[], None] = lambda: None
    digits: str = ""

    def settle(self, outcome: str) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    async def stop(self, word: str) -> None:
        """Tell the browser that it is over: "cancel" while it rings, "hangup" after."""
        self.browser.legs.pop(self.call.sid, None)
        await self.browser.say(word, {"callsid": self.call.sid})
        if self.peer is not None:
            await self.peer.close()


@dataclass(slots=True)
class Browser:
    """One browser that has signed in. `registered`: it can be rung."""

    socket: web.WebSocketResponse
    identity: str = ""
    registered: bool = False
    legs: dict[str, BrowserLeg] = field(default_factory=dict)

    async def say(self, kind: str, payload: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            await self.socket.send_str(json.dumps({"type": kind, "payload": payload}))


class Softphones:
    """The gateway. `key` and `secret`: of the API key that tokens have to be signed with."""

    def __init__(self, account_sid: str, key: str = "", secret: str = "") -> None:
        self._account_sid = account_sid
        self._key = key
        self._secret = secret
        self._browsers: list[Browser] = []
        self._runner: web.AppRunner | None = None
        self.media: Callable[[], MediaPeer] | None = None
        self.refusals: list[int] = []
        self.tokens = 0  # taken
        self.port = 0

    async def open(self, tls: ssl.SSLContext) -> None:
        """Listen on a port of our own; browsers speak TLS only."""
        app = web.Application()
        app.router.add_get("/signal", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        for browser in list(self._browsers):
            await browser.socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def find(self, address: str) -> Browser | None:
        """Return the browser that is rung at `client:<identity>`."""
        kind, _, name = address.partition(":")
        known = [one for one in self._browsers if one.registered and one.identity == name]
        return known[-1] if kind == "client" and known else None

    def legs(self) -> list[BrowserLeg]:
        """Return the calls that ring or go on at browsers now."""
        return [leg for browser in self._browsers for leg in browser.legs.values()]

    async def cut(self) -> None:
        """Drop every line, as a network does that fails."""
        for browser in list(self._browsers):
            await browser.socket.close(code=1011)

    async def invite(self, browser: Browser, call: SimCall) -> BrowserLeg:
        """Ring a browser."""
        leg = BrowserLeg(call, browser, asyncio.get_running_loop().create_future())
        leg.peer = self.media() if self.media is not None else None
        sdp = await leg.peer.offer() if leg.peer is not None else ""
        browser.legs[call.sid] = leg
        parameters = {
            "CallSid": call.sid,
            "AccountSid": call.account_sid,
            "From": call.from_,
            "To": call.to,
        }
        invite = {"callsid": call.sid, "sdp": sdp, "parameters": parameters}
        await browser.say("invite", invite)
        return leg

    # --- one line ------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        browser = Browser(socket)
        self._browsers.append(browser)
        pulse = asyncio.create_task(_pulse(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data.strip():
                    said = json.loads(message.data)
                    await self._heard(browser, said["type"], said.get("payload") or {})
        finally:
            pulse.cancel()
            self._browsers.remove(browser)
            for leg in list(browser.legs.values()):
                leg.settle("gone")
                leg.ended()
        return socket

    async def _heard(self, browser: Browser, kind: str, payload: dict[str, Any]) -> None:
        if kind == "listen":
            await self._listen(browser, payload)
        elif kind == "register" and browser.identity:
            browser.registered = bool(payload.get("media", {}).get("audio"))
            await browser.say("ready" if browser.registered else "offline", {})
        leg = browser.legs.get(str(payload.get("callsid")))
        if leg is None:
            return
        if kind == "answer":
            if leg.peer is not None:
                await leg.peer.answered(payload["sdp"])
            leg.settle("answer")
        elif kind == "dtmf":
            leg.digits += payload["dtmf"]
            leg.call.digits.put_nowait(payload["dtmf"])
        elif kind in ("reject", "hangup"):
            leg.settle("reject")
            leg.ended()

    async def _listen(self, browser: Browser, payload: dict[str, Any]) -> None:
        """Take an access token of this account that grants incoming calls, or refuse it."""
        try:
            claims = jwt.decode(
                payload["token"], self._secret, algorithms=["HS256"], issuer=self._key
            )
            granted = claims["grants"]["voice"]["incoming"]["allow"]
            if claims["sub"] != self._account_sid or not granted:
                raise KeyError("grant")
        except jwt.ExpiredSignatureError:
            await self._refuse(browser, _EXPIRED_TOKEN)
            return
        except (jwt.InvalidTokenError, KeyError):
            await self._refuse(browser, _INVALID_TOKEN)
            return
        self.tokens += 1
        browser.identity = claims["grants"]["identity"]
        ttl = claims["exp"] - int(now().timestamp())
        await browser.say(
            "connected",
            {
                "edge": "ashburn",
                "gateway": "simulated",
                "home": "us1",
                "region": "US_EAST_VIRGINIA",
                "token": {"identity": browser.identity, "ttl": ttl},
            },
        )

    async def _refuse(self, browser: Browser, code: int) -> None:
        self.refusals.append(code)
        await browser.say("error", {"error": {"code": code, "message": "The token is refused"}})


async def _pulse(socket: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await asyncio.sleep(_PULSE_S)
            await socket.send_str("\n")
