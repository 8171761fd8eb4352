"""Around every request: an id, one log line, figures, errors as problems, and safe headers."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from hub.core.errors import HubError
from hub.core.ids import new_id

from .metrics import WebMetrics
from .problems import problem_of, problem_of_status, problem_response, unexpected

log = logging.getLogger(__name__)

REQUEST_ID = web.RequestKey("request_id", str)
# Set by a handler that is asked again and again by whoever waits: what it answers well is counted
# with the figures, and is a line of the log only where that is wanted (level DEBUG).
QUIET = web.RequestKey("quiet", bool)

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What no answer is without. Pages with scripts of their own set their own policy (pages.py).
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000"


def request_middleware(metrics: WebMetrics) -> Middleware:
    """Return the outermost middleware: request id, log line, figures, problems."""

    @web.middleware
    async def around(request: web.Request, handler: Handle) -> web.StreamResponse:
        started = time.perf_counter()
        request[REQUEST_ID] = new_id()
        response = await _answer(request, handler, metrics)
        _record(request, response.status, time.perf_counter() - started, metrics)
        return response

    return around


async def _answer(request: web.Request, handle: Handle, metrics: WebMetrics) -> web.StreamResponse:
    request_id = request[REQUEST_ID]
    try:
        return await handle(request)
    except HubError as error:
        return problem_response(problem_of(error, request_id))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problem_response(problem_of_status(error.status, request_id))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        raise  # the client went away: there is nobody to answer
    except Exception:
        metrics.errors.inc()
        log.exception("request failed", extra={"request_id": request_id, "route": _route(request)})
        return problem_response(unexpected(request_id))


def _record(request: web.Request, status: int, seconds: float, metrics: WebMetrics) -> None:
    route = _route(request)
    metrics.requests.labels(request.method, route, str(status)).inc()
    metrics.seconds.labels(request.method, route).observe(seconds)
    quiet = status < 400 and request.get(QUIET, False)
    log.log(
        logging.DEBUG if quiet else logging.INFO,
        "request",
        extra={
            "request_id": request[REQUEST_ID],
            "method": request.method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        },
    )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"


def header_signal(*, https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the signal that adds the safe headers an answer does not set itself."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        response.headers.setdefault("X-Request-Id", request.get(REQUEST_ID, ""))
        response.headers.pop("Server", None)

    return add_headers
