"""The web application: routes, guard, middleware and pages put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from .calls import Network
from .dispatch import handler_of
from .guard import Guard, is_https
from .metrics import WebMetrics
from .middleware import Handle, header_signal, request_middleware
from .openapi import render_openapi
from .principal import Authenticate
from .routes import Declared, Route, check_distinct


@dataclass(frozen=True, slots=True)
class WebOptions:
    """`public_base_url` is where browsers reach the hub; never guessed from a request's headers."""

    public_base_url: str
    version: str
    allowed_origins: tuple[str, ...] = ()  # further addresses of the same console
    trusted_proxies: tuple[Network, ...] = ()
    request_bytes: int = 1_048_576  # of one request that says no limit of its own (webhooks)


def build_guard(options: WebOptions, authenticate: Authenticate) -> Guard:
    """Return the guard for these options; the console socket uses the same one."""
    return Guard(
        authenticate,
        public_base_url=options.public_base_url,
        allowed_origins=options.allowed_origins,
        trusted_proxies=options.trusted_proxies,
    )


def build_web_app(
    options: WebOptions,
    routes: Sequence[Route],
    guard: Guard,
    metrics: WebMetrics,
    raw_routes: Sequence[web.AbstractRouteDef] = (),
) -> web.Application:
    """Return the application.

    `raw_routes` (webhooks of channels, the console socket, pages) answer for their own access and
    are tried in the given order after the typed ones; a catch-all comes last.
    """
    check_distinct(route.declared for route in routes)
    https = is_https(options.public_base_url)
    app = web.Application(
        middlewares=[request_middleware(metrics)], client_max_size=options.request_bytes
    )
    app.on_response_prepare.append(header_signal(https=https))
    for route in routes:
        handler = handler_of(route, guard, secure_cookies=https)
        # A GET route answers HEAD too, as aiohttp does by default.
        if route.declared.method == "GET":
            app.router.add_get(route.declared.path, handler)
        else:
            app.router.add_route(route.declared.method, route.declared.path, handler)
    declared = [route.declared for route in routes]
    app.router.add_get("/api/openapi.json", _description(declared, options.version))
    app.add_routes(raw_routes)
    return app


def _description(declared: Sequence[Declared], version: str) -> Handle:
    """The description is made when it is first asked for: a third of a second, few ask."""
    made: asyncio.Task[bytes] | None = None

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal made
        if made is None or (made.done() and made.exception() is not None):
            made = asyncio.create_task(asyncio.to_thread(render_openapi, declared, version=version))
        body = await asyncio.shield(made)  # who asks may go away; the next one waits for the same
        return web.Response(body=body, content_type="application/json")

    return answer
