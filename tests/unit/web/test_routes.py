"""Declaring routes: mistakes are found at import, the description follows the declaration."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
import pytest

from hub.web import (
    Access,
    Body,
    Key,
    LinesAnswer,
    Page,
    Principal,
    Query,
    View,
    build_openapi,
    declared_routes,
)
from hub.web.routes import RouteMistake, bind_routes, check_distinct, route


class Thing(View, frozen=True):
    id: str
    size: int


class ThingQuery(Query, frozen=True):
    q: str = ""
    tag: list[str] = msgspec.field(default_factory=list)


class NewThing(Body, frozen=True):
    size: int


class ThingRoutes:
    @route("GET", "/api/v1/things", access=Access.AGENT, summary="List things")
    async def list_things(self, query: ThingQuery) -> Page[Thing]:
        return Page(items=[])

    @route("POST", "/api/v1/things", access=Access.ADMIN, summary="Make a thing", status=201)
    async def make(self, principal: Principal, body: NewThing) -> Thing:
        return Thing(id=principal.user_id, size=body.size)

    @route("DELETE", "/api/v1/things/{thing_id}", access=Access.ADMIN, summary="Remove a thing")
    async def remove(self, thing_id: Key) -> None:
        return None


class LineRoutes:
    @route("GET", "/api/v1/things/lines", access=Access.AGENT, summary="Things as they come")
    async def lines(self) -> LinesAnswer[Thing]:
        async def come() -> AsyncGenerator[Thing, None]:
            yield Thing(id="1", size=1)

        return LinesAnswer(come())


def test_an_answer_line_by_line_is_described_by_its_line() -> None:
    described = msgspec.to_builtins(build_openapi(declared_routes(LineRoutes), version="1"))
    done = described["paths"]["/api/v1/things/lines"]["get"]["responses"]["200"]
    assert done["content"] == {
        "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Thing"}}
    }
    assert set(described["components"]["schemas"]["Thing"]["properties"]) == {"id", "size"}


def operation(path: str, method: str) -> dict[str, object]:
    described = msgspec.convert(
        build_openapi(declared_routes(ThingRoutes), version="1"),
        dict[str, object],
    )
    paths = msgspec.convert(described["paths"], dict[str, dict[str, dict[str, object]]])
    return paths[path][method]


def test_every_operation_says_who_may_call_it() -> None:
    assert operation("/api/v1/things", "get")["x-access"] == "agent"
    assert operation("/api/v1/things", "post")["x-access"] == "admin"


def test_query_fields_become_parameters_with_their_defaults() -> None:
    assert operation("/api/v1/things", "get")["parameters"] == [
        {
            "name": "q",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "default": ""},
        },
        {
            "name": "tag",
            "in": "query",
            "required": False,
            "schema": {"type": "array", "items": {"type": "string"}, "default": []},
        },
    ]


def test_a_handler_without_an_answer_is_described_as_204() -> None:
    responses = operation("/api/v1/things/{thing_id}", "delete")["responses"]
    assert isinstance(responses, dict)
    assert sorted(responses) == ["204", "default"]


def test_the_description_is_the_same_text_every_time() -> None:
    routes = declared_routes(ThingRoutes)
    assert build_openapi(routes, version="1") == build_openapi(routes[::-1], version="1")


def test_binding_finds_the_declared_routes_in_order() -> None:
    bound = bind_routes(ThingRoutes())
    assert [one.declared.handler.__name__ for one in bound] == ["list_things", "make", "remove"]


def test_two_routes_at_one_address_are_a_mistake() -> None:
    with pytest.raises(RouteMistake, match="are both"):
        check_distinct([*declared_routes(ThingRoutes), *declared_routes(ThingRoutes)])


def test_a_path_parameter_the_handler_does_not_take_is_a_mistake() -> None:
    async def forgetful(self: object) -> None:
        return None

    with pytest.raises(RouteMistake, match="the path has"):
        route("GET", "/api/v1/things/{thing_id}", access=Access.AGENT, summary="x")(forgetful)


def test_a_public_route_cannot_ask_who_is_signed_in() -> None:
    async def curious(self: object, principal: Principal) -> None:
        return None

    with pytest.raises(RouteMistake, match="nobody is signed in"):
        route("POST", "/api/v1/things", access=Access.PUBLIC, summary="x")(curious)


def test_a_get_cannot_have_a_body() -> None:
    async def odd(self: object, body: NewThing) -> None:
        return None

    with pytest.raises(RouteMistake, match="a GET has no body"):
        route("GET", "/api/v1/things", access=Access.AGENT, summary="x")(odd)
