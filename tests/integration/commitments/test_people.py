"""Which technician, which agent: ranked with figures, or not enough data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from hub.contacts.commitments.tables import commitments
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.storage import Tx
from hub.testing.clock import NOON

from .office import DAY, Office


async def able(office: Office, **grades: int) -> None:
    for name, grade in grades.items():
        path = f"/specialists/{office.id(name)}/skills"
        await office.done("PUT", path, {"skills": {"boiler": grade}}, "chief")


async def did(
    office: Office, name: str, kept: int, broken: int, kind: str = "repair", **columns: Any
) -> None:
    """This person kept and broke so many promises."""
    made = await office.promise(sender=f"of-{name}@example.test")
    identity_id = (await office.row(made["id"])).identity_id
    states = ["kept"] * kept + ["broken"] * broken

    def write(tx: Tx, _: None) -> None:
        tx.execute(
            insert(commitments),
            [
                {
                    "id": new_id(),
                    "identity_id": identity_id,
                    "kind": kind,
                    "text": "done",
                    "owner_id": office.id(name),
                    "made_at": tx.now - DAY,
                    "remind_at": tx.now,
                    "due_at": tx.now,
                    "state": state,
                    "broken_at": tx.now if state == "broken" else None,
                    **columns,
                }
                for state in states
            ],
        )

    await office.store.write(write, None)


async def test_technicians_with_the_skill_are_ranked_by_how_they_kept_their_visits(
    office: Office,
) -> None:
    await able(office, technician=3, helper=4)
    await did(office, "technician", kept=9, broken=1)
    await did(office, "helper", kept=3, broken=3)
    people = await office.done("GET", "/commitments/people?skill=boiler")
    assert [(one["name"], one["place"], one["promised"], one["kept"]) for one in people] == [
        ("Technician", 1, 10, 9),
        ("Helper", 2, 6, 3),
    ]
    assert 0.59 < people[0]["low"] < people[0]["share"] == 0.9 < people[0]["high"] < 1
    strong = await office.done("GET", "/commitments/people?skill=boiler&grade=4")
    assert [one["name"] for one in strong] == ["Helper"]


async def test_under_five_visits_there_is_not_enough_data(office: Office) -> None:
    await able(office, technician=3)
    await did(office, "technician", kept=4, broken=0)
    await did(office, "technician", kept=9, broken=0, kind="other")  # no visits
    await did(office, "technician", kept=9, broken=0, made_at=NOON - timedelta(days=400))
    [one] = await office.done("GET", "/commitments/people?skill=boiler")
    assert (one["place"], one["share"], one["results"]) == (None, None, 4)


async def test_what_was_taken_of_a_team_counts_for_who_did_it(office: Office) -> None:
    await able(office, technician=3)
    columns = {"owner_kind": "team", "owner_id": "field", "taken_by": office.id("technician")}
    await did(office, "technician", kept=5, broken=0, **columns)
    [one] = await office.done("GET", "/commitments/people?skill=boiler")
    assert (one["place"], one["promised"]) == (1, 5)


async def test_who_is_elsewhere_in_the_window_comes_after_who_is_free(office: Office) -> None:
    await able(office, technician=5, helper=1)
    window = {
        "window_from": (NOON + DAY).isoformat(),
        "window_until": (NOON + DAY + timedelta(hours=2)).isoformat(),
    }
    there = {"kind": "repair", "owner_id": office.id("technician"), **window}
    busy = await office.promise(**there)
    asked = await office.promise(
        kind="repair", skill_id="boiler", sender="b@example.test", **window
    )
    people = await office.done("GET", f"/commitments/{asked['id']}/people")
    assert [(one["name"], one["busy"]) for one in people] == [
        ("Helper", False),
        ("Technician", True),
    ]
    # their own visit keeps them from nothing
    people = await office.done("GET", f"/commitments/{busy['id']}/people")
    assert not any(one["busy"] for one in people)


async def test_agents_are_ranked_for_a_customer_by_those_of_the_same_tier(office: Office) -> None:
    contact_id = await office.house.receive("hello", "big@example.test")
    customer_id = await office.house.customer_of(contact_id)
    await _scored(office, "agent", [5, 5, 4, 5, 3], tier="standard")
    await _scored(office, "agent", [1] * 20, tier="low")
    path = f"/customers/{customer_id}/people"
    people = await office.done("GET", path, who="supervisor")
    assert [(one["name"], one["place"], one["asked"], one["satisfied"]) for one in people] == [
        ("Li", 1, 5, 4),
        ("Sun", None, 0, 0),
    ]
    assert (await office.ask("GET", path))[0] == 403


async def test_agents_are_not_told_what_a_tier_is_ranked_by(office: Office) -> None:
    made = await office.promise()
    assert (await office.ask("GET", f"/commitments/{made['id']}/people"))[0] == 422
    people = await office.done("GET", f"/commitments/{made['id']}/people", who="supervisor")
    assert {one["place"] for one in people} == {None}


async def test_skills_are_those_of_the_set_up_and_given_by_who_steers(office: Office) -> None:
    path = f"/specialists/{office.id('technician')}/skills"
    status, problem = await office.ask("PUT", path, {"skills": {"magic": 3}}, "chief")
    assert (status, problem["field"]) == (422, "skills")
    assert (await office.ask("PUT", path, {"skills": {"boiler": 9}}, "chief"))[0] in (400, 422)
    assert (await office.ask("PUT", path, {"skills": {"boiler": 3}}, "supervisor"))[0] == 404
    await able(office, technician=3)
    listed = await office.done("GET", "/specialists")
    assert [one["id"] for one in listed["skills"]] == ["boiler"]
    assert {one["name"]: one["skills"] for one in listed["people"]} == {
        "Helper": {},
        "Technician": {"boiler": 3},
    }


async def test_agents_are_shown_to_whom_a_promise_may_be_given(office: Office) -> None:
    found = await office.done("GET", "/commitments/owners")
    assert [team["id"] for team in found["teams"]] == ["field", "team"]
    named = {one["name"]: one["role"] for one in found["people"]}
    assert (named["Technician"], named["Li"]) == ("specialist", "agent")
    found = await office.done("GET", "/commitments/owners?q=tech")
    assert [one["name"] for one in found["people"]] == ["Technician"]
    assert (await office.ask("GET", "/commitments/owners", who="technician"))[0] == 403


async def _scored(office: Office, name: str, scores: list[int], tier: str) -> None:
    for number, score in enumerate(scores):
        contact_id = await office.house.receive("x", f"{tier}{number}@example.test")

        def rate(tx: Tx, asked: tuple[str, int]) -> None:
            tx.execute(
                update(contacts)
                .where(contacts.c.id == asked[0])
                .values(
                    state="closed",
                    closed_at=tx.now,
                    agent_id=office.id(name),
                    survey_score=asked[1],
                    tier=tier,
                )
            )

        await office.store.write(rate, (contact_id, score))
