"""The set-up in the pages: shown, checked, changed, refused, brought back."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.setup.hidden import SECRET_NAME
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .conftest import shown


def queue_of(setup: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(queue for queue in setup["queues"] if queue["key"] == key)
    return found


async def put(admin: Person, base: int, setup: Any, note: str = "") -> tuple[int, Any]:
    return await admin.ask("PUT", "/setup/document", {"base": base, "setup": setup, "note": note})


async def audited(admin: Person) -> list[dict[str, Any]]:
    _, page = await admin.ask("GET", "/audit")
    return [line for line in page["items"] if line["object_kind"] == "setup"]


async def test_a_target_is_changed_and_everybody_routes_and_draws_by_it(
    house: Place, admin: Person
) -> None:
    first = await shown(admin)
    assert first["version"] == {
        "id": 1,
        "made_at": first["version"]["made_at"],
        "made_by": None,
        "source": "file",
        "note": "",
        "restored_from": None,
    }
    setup = deepcopy(first["setup"])
    queue_of(setup, "support")["target_s"] = {"phone": [5, 20, 40, 60]}
    status, checked = await admin.ask("POST", "/setup/document/check", {"base": 1, "setup": setup})
    assert (status, checked["problems"]) == (200, [])
    assert checked["changes"]["changed"] == ["queue support target_s.phone: (none) → [5,20,40,60]"]
    assert (await shown(admin))["version"]["id"] == 1

    status, done = await put(admin, 1, setup, "  gold callers first ")
    assert status == 200
    assert done["changes"]["changed"] == checked["changes"]["changed"]
    version = done["version"]
    assert (version["id"], version["source"], version["note"]) == (2, "page", "gold callers first")
    assert version["made_by"] == {"id": admin.view.id, "name": "Admin"}
    assert await shown(admin) == {"version": version, "setup": setup}
    (made, applied) = await audited(admin)
    assert (made["action"], made["object_id"], made["actor_id"]) == (
        "setup.apply",
        "2",
        admin.view.id,
    )
    assert made["detail"]["note"] == "gold callers first"
    assert (applied["object_id"], applied["via"]) == ("1", "system")


async def test_what_is_wrong_is_told_by_its_place_and_what_is_in_force_stays(
    admin: Person,
) -> None:
    first = await shown(admin)
    setup = deepcopy(first["setup"])
    setup["target_s"]["phone"] = [10, -20, "40", 60]
    queue_of(setup, "finance")["surveys"] = True
    del setup["queues"][0]["teams"]
    setup["entry_points"][0]["settings"] = {"aliases": 5}
    asked = {"base": 1, "setup": setup}
    status, checked = await admin.ask("POST", "/setup/document/check", asked)
    assert status == 200
    assert checked["changes"] is None
    found = {one["path"]: one["message"] for one in checked["problems"]}
    assert found["target_s.phone[1]"] == "expected `int` >= 1"
    assert found["target_s.phone[2]"] == "expected `int`, got `str`"
    assert found["queues[0].teams"] == "is missing"
    assert found["queues[2].surveys"].startswith("there is no such key; known: key, zh, en")
    assert len(found) == 4

    setup = deepcopy(first["setup"])
    setup["target_s"]["phone"] = [10, 20, 40]
    setup["hours"]["finance"] = "closed"
    queue_of(setup, "support")["overflow"] = [{"queue": "sales", "after_s": 60}]
    queue_of(setup, "sales")["overflow"] = [{"queue": "support", "after_s": 60}]
    queue_of(setup, "repair")["requires"][0]["skills"] = {"welding": 2}
    setup["entry_points"][0]["settings"] = {"aliases": 5}
    status, refused = await put(admin, 1, setup)
    assert (status, refused["code"]) == (422, "setup.bad")
    assert {one["path"] for one in refused["problems"]} == {
        "target_s.phone",
        "hours.finance",
        "queues[0].overflow[0].queue",
        "queues[3].requires[0].skills",
        "entry_points[0].settings.aliases",
    }
    assert await shown(admin) == first


@pytest.mark.parametrize("setup", [{}, {"queues": 5}, {"entry_points": [5, {"settings": 7}]}])
async def test_nonsense_is_answered_with_problems(admin: Person, setup: dict[str, Any]) -> None:
    status, checked = await admin.ask("POST", "/setup/document/check", {"base": 1, "setup": setup})
    assert status == 200
    assert {"path": "organisation", "message": "is missing"} in checked["problems"]


async def test_two_admins_never_overwrite_each_other(house: Place, admin: Person) -> None:
    other = await house.hire("other", Role.ADMIN)
    setup = (await shown(admin))["setup"]
    assert (await put(other, 1, {**setup, "organisation": "Lake"}))[0] == 200
    status, refused = await put(admin, 1, {**setup, "organisation": "Sea"})
    assert (status, refused["code"]) == (409, "setup.changed")
    assert "made by Other in the pages on " in refused["detail"]
    details = refused["details"]
    assert (details["current"], details["made_by"], details["made_by_name"]) == (
        2,
        other.view.id,
        "Other",
    )
    assert details["made_at"]
    status, refused = await admin.ask("POST", "/setup/versions/1/restore", {"base": 1})
    assert (status, refused["code"]) == (409, "setup.changed")
    assert (await shown(admin))["setup"]["organisation"] == "Lake"


async def test_the_same_again_makes_no_version(admin: Person) -> None:
    first = await shown(admin)
    status, done = await put(admin, 1, first["setup"])
    assert (status, done["version"]["id"], done["changes"]["changed"]) == (200, 1, [])


async def test_an_earlier_version_comes_back_with_what_had_retired(
    house: Place, admin: Person
) -> None:
    first = await shown(admin)
    setup = deepcopy(first["setup"])
    setup["outcomes"] = setup["outcomes"][:1]
    status, done = await put(admin, 1, setup)
    assert status == 200
    gone = done["changes"]["retired"]
    assert gone
    restore = {"base": 2, "note": "was a mistake"}
    status, done = await admin.ask("POST", "/setup/versions/1/restore", restore)
    assert status == 200
    version = done["version"]
    assert (version["id"], version["source"], version["restored_from"]) == (3, "restored", 1)
    assert sorted(done["changes"]["changed"]) == gone
    assert (await shown(admin))["setup"] == first["setup"]
    _, page = await admin.ask("GET", "/setup/versions?limit=2")
    assert [(one["id"], one["source"]) for one in page["items"]] == [(3, "restored"), (2, "page")]
    assert page["items"][1]["changes"]["retired"] == gone
    _, rest = await admin.ask("GET", f"/setup/versions?limit=2&after={page['after']}")
    assert ([one["id"] for one in rest["items"]], rest["after"]) == ([1], None)
    _, second = await admin.ask("GET", "/setup/versions/2")
    assert second["setup"]["outcomes"] == setup["outcomes"]
    assert (await admin.ask("GET", "/setup/versions/9"))[0] == 404
    assert (await admin.ask("POST", "/setup/versions/9/restore", {"base": 3}))[0] == 404
    assert (await audited(admin))[0]["action"] == "setup.restore"


async def test_skills_are_given_and_taken_as_the_versions_say(house: Place, admin: Person) -> None:
    li = await house.hire("li", Role.AGENT, "front")
    wu = await house.hire("wu", Role.AGENT, "back")
    await house.hire("boss", Role.SUPERVISOR, "front")
    setup = (await shown(admin))["setup"]

    async def grades() -> dict[str, Any]:
        _, page = await admin.ask("GET", "/setup/agents")
        assert page["after"] is None
        return {
            one["email"]: (one["skills"], one["profile"], one["in_setup"]) for one in page["items"]
        }

    nothing: tuple[dict[str, int], str, bool] = ({}, "", False)
    assert await grades() == {"li@hub.test": nothing, "wu@hub.test": nothing}
    named = {
        **setup,
        "agents": {
            "Li@hub.test": {"profile": "trainee", "skills": {"repair": 4, "english": 2}},
            "wu@hub.test": {"skills": {"repair": 3}},
        },
    }
    status, done = await put(admin, 1, named)
    assert status == 200
    assert done["changes"]["changed"] == ["agent li@hub.test", "agent wu@hub.test"]
    given = {
        "li@hub.test": ({"repair": 4, "english": 2}, "trainee", True),
        "wu@hub.test": ({"repair": 3}, "", True),
    }
    assert await grades() == given
    status, done = await put(
        admin, 2, {**setup, "agents": {"li@hub.test": {"skills": {"repair": 4}}}}
    )
    assert done["changes"]["changed"] == ["agent li@hub.test", "agent wu@hub.test (named no more)"]
    assert await grades() == {"li@hub.test": ({"repair": 4}, "", True), "wu@hub.test": nothing}
    status, done = await admin.ask("POST", "/setup/versions/2/restore", {"base": 3})
    assert status == 200
    assert await grades() == given
    assert [li.view.role, wu.view.role] == [Role.AGENT, Role.AGENT]
    _, page = await admin.ask("GET", "/setup/agents?limit=1")
    _, rest = await admin.ask("GET", f"/setup/agents?limit=1&after={page['after']}")
    assert [one["name"] for one in page["items"] + rest["items"]] == ["Li", "Wu"]


async def test_a_queue_nobody_can_serve_is_warned_of(house: Place, admin: Person) -> None:
    await house.hire("li", Role.AGENT, "front")
    setup = (await shown(admin))["setup"]
    _, checked = await admin.ask("POST", "/setup/document/check", {"base": 1, "setup": setup})
    warnings = checked["changes"]["warnings"]
    assert any(one.startswith("queue finance: nobody can serve it, its teams") for one in warnings)
    assert not any(one.startswith("queue support") for one in warnings)


async def test_secrets_are_neither_shown_nor_kept_in_versions_and_stay_in_force(
    house: Place, admin: Person
) -> None:
    key, other = "k" * 32, "o" * 32
    setup = (await shown(admin))["setup"]
    at = next(i for i, one in enumerate(setup["entry_points"]) if one["channel"] == "webchat")
    point = setup["entry_points"][at]
    point["settings"] = {**point["settings"], "identity_keys": [key, other]}
    status, done = await put(admin, 1, setup)
    assert status == 200
    document = await shown(admin)
    kept = document["setup"]["entry_points"][at]["settings"]["identity_keys"]
    assert kept == [f"hidden:{point['key']}/identity_keys/{n}" for n in range(2)]
    _, version = await admin.ask("GET", "/setup/versions/2")
    _, page = await admin.ask("GET", "/setup/versions")
    for body in (done, document, version, page):
        assert key not in str(body)
    assert SECRET_NAME.search("identity_keys")

    changed = {**document["setup"], "organisation": "Lake"}
    changed["entry_points"][at]["settings"]["identity_keys"] = [kept[1]]
    status, _ = await put(admin, 2, changed)
    assert status == 200
    assert await in_force(house, point["key"]) == [other]
    status, refused = await put(
        admin,
        3,
        document["setup"]
        | {
            "entry_points": [
                one if n != at else {**one, "settings": {"identity_keys": kept}}
                for n, one in enumerate(document["setup"]["entry_points"])
            ]
        },
    )
    assert (status, refused["problems"][0]["path"]) == (
        422,
        f"entry_points[{at}].settings.identity_keys.1",
    )
    status, done = await admin.ask("POST", "/setup/versions/2/restore", {"base": 3})
    assert status == 200
    assert await in_force(house, point["key"]) == [other]
    assert not [one for one in done["changes"]["warnings"] if "identity_keys" in one]

    del changed["entry_points"][at]["settings"]["identity_keys"]
    assert (await put(admin, 4, changed))[0] == 200
    status, done = await admin.ask("POST", "/setup/versions/2/restore", {"base": 5})
    assert status == 200
    assert done["changes"]["warnings"][0] == (
        f"entry point {point['key']}: identity_keys does not come back, no version holds secrets; "
        "write it anew"
    )
    settings = (await shown(admin))["setup"]["entry_points"][at]["settings"]
    assert "identity_keys" not in settings


async def test_the_list_of_versions_shows_the_first_places_that_one_changed(
    admin: Person,
) -> None:
    setup = (await shown(admin))["setup"]
    setup["agents"] = {f"agent{n}@hub.test": {"skills": {"repair": 2}} for n in range(60)}
    _, done = await put(admin, 1, setup)
    everything = done["changes"]["details"]
    assert (len(everything), done["changes"]["more"]) == (60, 0)
    _, page = await admin.ask("GET", "/setup/versions")
    listed = page["items"][0]["changes"]
    assert (listed["details"], listed["more"]) == (everything[:50], 10)
    _, version = await admin.ask("GET", "/setup/versions/2")
    assert (version["changes"]["details"], version["changes"]["more"]) == (everything, 0)


async def in_force(house: Place, point: str) -> Any:
    """The widget's identity keys as the channel reads them."""
    found = select(entry_points.c.settings).where(entry_points.c.id == point)
    settings = await house.hub.store.read(lambda tx, _: tx.execute(found).scalar_one(), None)
    return settings["identity_keys"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_only_admins_see_and_change_the_set_up(house: Place, role: Role) -> None:
    person = await house.hire("somebody", role, "front")
    for method, path in (
        ("GET", "/setup/document"),
        ("PUT", "/setup/document"),
        ("POST", "/setup/document/check"),
        ("GET", "/setup/versions"),
        ("GET", "/setup/versions/1"),
        ("POST", "/setup/versions/1/restore"),
        ("GET", "/setup/agents"),
    ):
        assert (await person.ask(method, path))[0] == 403
