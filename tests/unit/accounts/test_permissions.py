"""What the page of roles says is what the guard checks."""

from __future__ import annotations

from hub.accounts.api import AccountRoutes
from hub.accounts.links_api import LinkRoutes
from hub.accounts.permissions import AREAS, areas_of
from hub.web import Access, Role, route
from hub.web.routes import declared_routes

DECLARED = [*declared_routes(AccountRoutes), *declared_routes(LinkRoutes)]


class Novel:
    @route("POST", "/api/v1/novelties", access=Access.AGENT, summary="Do what nobody thought of")
    async def act(self) -> None:
        """Nothing."""


def test_every_act_that_needs_a_role_is_listed_once_with_that_role() -> None:
    listed = [(act.summary, act.role) for area in areas_of(DECLARED) for act in area.acts]
    wanted = [(one.summary, one.access.least_role) for one in DECLARED if one.access.least_role]
    assert sorted(listed) == sorted(wanted)


def test_the_least_role_of_an_area_is_that_of_its_acts() -> None:
    areas = {area.key: area for area in areas_of(DECLARED)}
    assert (areas["setup"].reads, areas["setup"].changes) == (Role.ADMIN, None)
    assert areas["people"].changes is Role.AGENT  # to end one's own sessions
    assert areas["own"].changes is Role.SPECIALIST


def test_an_act_of_a_new_kind_is_not_left_out() -> None:
    (area,) = areas_of(declared_routes(Novel))
    assert (area.key, area.acts[0].summary) == (AREAS[-1], "Do what nobody thought of")
