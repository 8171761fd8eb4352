"""The web application: routes, guard, middleware and pages put together."""

from __future__ import annotations

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
from .routes import Route, check_distinct


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
    description = render_openapi([r.declared for r in routes], version=options.version)
    app.router.add_get("/api/openapi.json", _fixed_json(description))
    app.add_routes(raw_routes)
    return app


def _fixed_json(text: bytes) -> Handle:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=text, content_type="application/json")

    return answer
