"""The HTTP edge over a real server: problems, headers, limits, health, and the access matrix."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from hub.core.errors import Unauthenticated
from hub.web import Access, Body, Credentials, Principal, Role, WebMetrics, WebOptions, bind_routes
from hub.web.app import build_guard, build_web_app
from hub.web.health import Check, HealthRoutes
from hub.web.pages import Pages
from hub.web.routes import route
from tests.integration.accounts.conftest import Office

OPTIONS = WebOptions(public_base_url="https://hub.example.com", version="0")


class Words(Body, frozen=True):
    words: list[str]


class OddRoutes:
    @route("GET", "/api/v1/broken", access=Access.PUBLIC, summary="Fails")
    async def broken(self) -> None:
        raise RuntimeError("a secret detail")

    @route("POST", "/api/v1/words", access=Access.PUBLIC, summary="Counts", limit_bytes=100)
    async def words(self, body: Words) -> list[str]:
        return body.words


async def nobody(credentials: Credentials) -> Principal:
    raise Unauthenticated("Nobody is known here.")


async def edge(
    *raw: web.AbstractRouteDef, owners: tuple[object, ...] = ()
) -> TestClient[web.Request, web.Application]:
    metrics = WebMetrics(CollectorRegistry())
    health = HealthRoutes([], metrics)
    routes = bind_routes(OddRoutes(), *(owners or (health,)))
    app = build_web_app(OPTIONS, routes, build_guard(OPTIONS, nobody), metrics, raw)
    return TestClient(TestServer(app))


async def test_an_unexpected_error_tells_the_client_only_where_to_look() -> None:
    async with await edge() as client:
        response = await client.get("/api/v1/broken")
        problem = await response.json()
    assert response.status == 500
    assert response.content_type == "application/problem+json"
    assert problem["code"] == "unexpected"
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert "secret" not in str(problem)


async def test_refusals_of_the_router_are_problems_too() -> None:
    async with await edge() as client:
        nowhere = await client.get("/api/v1/nowhere")
        method = await client.put("/api/v1/words")
        assert (nowhere.status, (await nowhere.json())["code"]) == (404, "not_found")
        assert (method.status, (await method.json())["code"]) == (405, "method_not_allowed")
        assert "POST" in method.headers["Allow"]


async def test_a_body_is_json_of_the_right_shape_and_size_or_refused() -> None:
    async with await edge() as client:
        path = "/api/v1/words"
        good = await client.post(path, json={"words": ["a"]})
        form = await client.post(path, data="words=a", headers={"Content-Type": "text/plain"})
        shape = await client.post(path, json={"words": [1]})
        large = await client.post(path, json={"words": ["a" * 200]})
        assert await good.json() == ["a"]
        assert form.status == 415
        assert (shape.status, (await shape.json())["field"]) == (422, "words[0]")
        assert large.status == 413


async def test_every_answer_carries_the_safe_headers() -> None:
    async with await edge() as client:
        for path in ("/healthz", "/api/v1/nowhere", "/api/v1/broken", "/api/openapi.json"):
            headers = (await client.get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["Cache-Control"] == "no-store"
            assert headers["Strict-Transport-Security"].startswith("max-age=")
            assert "Server" not in headers


async def test_a_hub_that_cannot_serve_is_alive_but_not_ready() -> None:
    async def broken() -> str | None:
        return "the disk is full"

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    metrics = WebMetrics(CollectorRegistry())
    health = HealthRoutes([Check("storage", broken)], metrics)
    async with await edge(owners=(health,)) as client:
        assert (await client.get("/healthz")).status == 200
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert "storage: the disk is full" in (await ready.json())["detail"]


async def test_figures_name_routes_and_never_ids() -> None:
    metrics = WebMetrics(CollectorRegistry())
    async with await edge(owners=(HealthRoutes([], metrics),)) as client:
        await client.get("/healthz")
        text = await (await client.get("/metrics")).text()
    assert text.startswith("# HELP")


async def test_a_page_may_not_be_framed_and_runs_only_our_scripts(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>console</title>")
    (tmp_path / "assets" / "app-BxY3kq9Z.js").write_text("1")
    (tmp_path.parent / "secret.txt").write_text("secret")
    async with await edge(*Pages(tmp_path).routes()) as client:
        page = await client.get("/contacts/123")
        asset = await client.get("/assets/app-BxY3kq9Z.js")
        assert page.status == 200
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-cache"
        assert "immutable" in asset.headers["Cache-Control"]
        for outside in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/x.js"):
            assert (await client.get(outside)).status == 404
        assert (await client.get("/api/v1/nowhere")).content_type == "application/problem+json"


async def test_no_route_answers_to_less_than_its_declared_role(office: Office) -> None:
    """The matrix: every route of the description, asked by nobody and by each role."""
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    agent = await office.browser_of("agent@example.com", Role.AGENT, "north")
    _, described = await agent.ask("GET", "/api/openapi.json")
    assert isinstance(described, dict)
    field = await office.browser_of("field@example.com", Role.SPECIALIST, "north")
    rank = {"public": 0, "specialist": 1, "agent": 2, "supervisor": 3, "admin": 4}
    wrong = []
    for path, operations in described["paths"].items():
        address = re.sub(r"\{[^}]*\}", "none", path)
        for method, operation in operations.items():
            least = rank[operation["x-access"]]
            if address == "/api/v1/session" and method == "delete":
                continue  # it would end the session that asks
            for number, browser in enumerate((office.browser(), field, agent, boss, admin)):
                status, _ = await browser.ask(method.upper(), address)
                expected = number >= least
                if expected is (status in (401, 403)) and least:
                    wrong.append(f"{method} {path} as {number}: {status}")
    assert wrong == []
