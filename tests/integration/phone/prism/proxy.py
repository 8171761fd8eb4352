"""Prism between the hub and the simulated provider: every exchange against the provider's document.

Prism (the OpenAPI proxy of Stoplight) passes requests on and says in a header what is wrong with
the request or its answer. A relay in front of it reads that header, so that the client under test
needs to know nothing, and looks for parameters that the document does not name: Prism drops them.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from aiohttp.test_utils import unused_port

FOLDER = Path(__file__).parent
API = FOLDER / "node_modules/api.json"
PRISM = FOLDER / "node_modules/@stoplight/prism-cli/dist/index.js"
NODE = Path(sys.executable).with_name("node")
_START_S = 60.0
_HOP = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
_NAME = re.compile(
    r"(?<=/)[A-Z]{2}[0-9a-f]{32}"
    r"|(?:(?<=/Participants/)|(?<=/Transcriptions/))\w+(?=\.json)"  # by our own name of it
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, and what the document holds against them.

    `what`: method and path without the names of resources, e.g. `GET /Calls/*.json`.
    """

    what: str
    status: int
    violations: tuple[str, ...]


@dataclass(slots=True)
class Proxy:
    """Where to send requests instead of to the provider, and what went by."""

    base_url: str
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def violations(self) -> list[str]:
        return [
            f"{one.what} ({one.status}): {words}"
            for one in self.exchanges
            for words in one.violations
        ]


@asynccontextmanager
async def prism_before(provider_url: str) -> AsyncIterator[Proxy]:
    """Run Prism in proxy mode before the provider until the block ends."""
    port = unused_port()
    program = await asyncio.create_subprocess_exec(
        *(str(NODE), str(PRISM), "proxy", str(API), provider_url),
        *("--host", "127.0.0.1", "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # `node` of the environment is a script that starts the real one
    )
    try:
        await _listening(program)
        reading = asyncio.create_task(_drain(program))
        async with _relay(f"http://127.0.0.1:{port}", provider_url) as proxy:
            yield proxy
        reading.cancel()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        await program.wait()


async def _listening(program: asyncio.subprocess.Process) -> None:
    assert program.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(_START_S):
        async for line in program.stdout:
            said.append(line.decode(errors="replace"))
            if "is listening" in said[-1]:
                return
    raise AssertionError(f"Prism did not start: {''.join(said)}")


async def _drain(program: asyncio.subprocess.Process) -> None:
    assert program.stdout is not None
    async for _ in program.stdout:
        pass


@asynccontextmanager
async def _relay(prism_url: str, provider_url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy("")
    session = aiohttp.ClientSession()

    async def pass_on(request: web.Request) -> web.Response:
        # The bytes of a recording or a picture are no resource of the document.
        resource = request.path.endswith(".json")
        url = (prism_url if resource else provider_url) + request.raw_path
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP}
        try:
            async with session.request(
                request.method, url, data=await request.read() or None, headers=headers
            ) as answer:
                body = await answer.read()
        except aiohttp.ClientError:
            if request.transport is not None:
                request.transport.close()  # as it was for us: without an answer
            raise
        if resource:
            form = parse_qs((await request.read()).decode(), keep_blank_values=True)
            proxy.exchanges.append(_exchange(request, answer, {*form, *request.query}))
        kept = {key: value for key, value in answer.headers.items() if key.lower() not in _HOP}
        return web.Response(body=body, status=answer.status, headers=_plain(kept))

    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    proxy.base_url = f"http://{host}:{port}"
    try:
        yield proxy
    finally:
        await runner.cleanup()
        await session.close()


def _plain(headers: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() != "content-encoding"}


def _exchange(
    request: web.Request, answer: aiohttp.ClientResponse, parameters: set[str]
) -> Exchange:
    path = re.sub(r"^/2010-04-01/Accounts/[^/.]+", "", request.path)
    what = f"{request.method} {_NAME.sub('*', path)}"
    found: list[dict[str, Any]] = json.loads(answer.headers.get("sl-violations", "[]"))
    words = [
        f"{'.'.join(map(str, one.get('location', ())))}: {one.get('message')}" for one in found
    ]
    unknown = parameters - _published(request.method, request.path)
    words += [f"request: no such parameter: {name}" for name in sorted(unknown)]
    return Exchange(what, answer.status, tuple(words))


def _published(method: str, path: str) -> set[str]:
    """Return the parameters that the document names for a request."""
    for (known, pattern), names in _parameters().items():
        if known == method and re.fullmatch(pattern, path):
            return names
    return set()


@functools.cache
def _parameters() -> dict[tuple[str, str], set[str]]:
    document: dict[str, Any] = json.loads(API.read_text("utf-8"))
    found: dict[tuple[str, str], set[str]] = {}
    for path, operations in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[^/]+?", path.replace(".", r"\."))
        for method, operation in operations.items():
            if "responses" not in operation:
                continue
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                named |= content["schema"].get("properties", {}).keys()
            found[method.upper(), pattern] = named
    return found
