"""Who is told of a commitment, and what."""

from __future__ import annotations

from sqlalchemy import select, update

from hub.agent_console.commitment_news import commitment_news
from hub.contacts.commitments.tables import commitments
from hub.customers.tables import customers, identities
from hub.storage import Tx

from .office import Office


async def told(office: Office, topic: str, commitment_id: str) -> dict[str, set[str]]:
    """Return by the notice's code who gets it, by name."""
    names = {one.user_id: name for name, one in office.people.items()}
    found = await office.store.read(commitment_news, (topic, commitment_id))
    return {one.code: {names[id_] for id_ in one.user_ids} for one in found}


async def test_a_teams_promise_is_told_to_the_team_and_to_who_steers_it(office: Office) -> None:
    made = await office.promise(owner_team="field")
    assert await told(office, "commitment.reminder", made["id"]) == {
        "commitment_reminder": {"technician", "helper"},
        "commitment_untaken": {"chief", "admin"},
    }
    await office.done("POST", f"/commitments/{made['id']}/take", who="helper")
    assert await told(office, "commitment.reminder", made["id"]) == {
        "commitment_reminder": {"helper"}
    }


async def test_who_asked_for_what_is_late_hears_it_beside_owner_and_supervisors(
    office: Office,
) -> None:
    made = await office.promise(owner_id=office.id("technician"))
    found = await office.store.read(commitment_news, ("commitment.broken", made["id"]))
    named = {one.user_id: name for name, one in office.people.items()}
    assert [(one.code, {named[id_] for id_ in one.user_ids}) for one in found] == [
        ("commitment_broken", {"technician"}),
        ("commitment_broken", {"agent"}),
        ("commitment_escalated", {"chief", "admin"}),
    ]
    assert found[1].detail == "Technician: look after it"


async def test_given_returned_and_done_are_told_to_the_other_side(office: Office) -> None:
    made = await office.promise(owner_id=office.id("technician"))
    assert await told(office, "commitment.given", made["id"]) == {
        "commitment_given": {"technician"}
    }
    path = f"/commitments/{made['id']}"
    await office.done("POST", f"{path}/return", {"reason": "no parts"}, who="technician")
    assert await told(office, "commitment.returned", made["id"]) == {
        "commitment_returned": {"agent"}
    }
    await office.done("POST", f"{path}/hand-over", {"owner_id": office.id("helper")})
    await office.done("POST", f"{path}/done", {}, who="helper")
    assert await told(office, "commitment.done", made["id"]) == {"commitment_done": {"agent"}}


async def test_a_recovery_says_whom_it_is_about(office: Office) -> None:
    made = await office.promise(owner_id=office.id("technician"))

    def low(tx: Tx, commitment_id: str) -> None:
        same = update(commitments).where(commitments.c.id == commitment_id)
        tx.execute(same.values(kind="recovery", text="2 / 5"))
        who = select(identities.c.customer_id).where(identities.c.id == commitments.c.identity_id)
        tx.execute(update(customers).where(customers.c.id.in_(who)).values(name="Ann"))

    await office.store.write(low, made["id"])
    [news] = await office.store.read(commitment_news, ("commitment.given", made["id"]))
    assert (news.code, news.detail) == ("recovery_given", "Ann · 2 / 5")
