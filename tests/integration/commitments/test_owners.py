"""Who has to keep it: a user, a team, a specialist; taken, returned, handed over, done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.tables import teams
from hub.contacts.commitments.model import EntryKind
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.core.errors import Invalid
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers
from hub.storage import Tx
from hub.testing.clock import NOON, ManualClock

from .office import DAY, Office


async def test_a_team_has_it_until_one_of_them_takes_it(office: Office) -> None:
    made = await office.promise(owner_team="field")
    assert (made["owner_kind"], made["owner_id"], made["owner_name"]) == ("team", "field", "外勤组")
    assert (made["owner_en"], made["asked_by_name"]) == ("Field service", "Li")
    for who in ("technician", "helper"):
        assert await office.listed(who) == [made["id"]]
    path = f"/commitments/{made['id']}"
    shown = await office.done("POST", f"{path}/take", who="technician")
    assert shown["commitment"]["taken_by_name"] == "Technician"
    assert await office.listed("technician") == [made["id"]]
    assert await office.listed("helper") == []
    status, problem = await office.ask("POST", f"{path}/take", who="helper")
    assert (status, problem["code"]) == (409, "commitment.taken")


async def test_only_members_take_what_is_their_teams(office: Office) -> None:
    path = f"/commitments/{(await office.promise(owner_team='field'))['id']}"
    assert (await office.ask("POST", f"{path}/take"))[0] == 403  # asked for it only
    assert (await office.ask("POST", f"{path}/take", who="colleague"))[0] == 404
    # nor does it become theirs who steer another team, or see its customer
    for who in ("supervisor", "colleague"):
        assert (await office.ask("GET", path, who=who))[0] == 200
        assert (await office.ask("POST", f"{path}/done", {}, who=who))[0] == 404
        status, _ = await office.ask("PATCH", path, {"owner_id": office.id(who)}, who=who)
        assert status == 404
    status, problem = await office.ask("POST", f"{path}/take", who="admin")
    assert (status, problem["code"]) == (409, "commitment.not_of_team")


async def test_who_returns_what_they_had_taken_gives_it_back_to_the_team(office: Office) -> None:
    made = await office.promise(owner_team="field")
    path = f"/commitments/{made['id']}"
    await office.done("POST", f"{path}/take", who="technician")
    await office.done("POST", f"{path}/return", {"reason": "no parts"}, who="technician")
    assert await office.listed("helper") == [made["id"]]
    row = await office.row(made["id"])
    assert (row.owner_id, row.taken_by, row.returned_reason) == ("field", None, "no parts")


async def test_who_does_what_nobody_has_taken_has_done_it_if_they_are_of_the_team(
    office: Office,
) -> None:
    one = await office.promise(owner_team="field")
    await office.done("POST", f"/commitments/{one['id']}/done", {}, who="helper")
    assert (await office.row(one["id"])).taken_by == office.id("helper")
    other = await office.promise(owner_team="field", sender="bob@example.test")
    await office.done("POST", f"/commitments/{other['id']}/done", {}, who="admin")
    assert (await office.row(other["id"])).taken_by is None


async def test_a_specialist_returns_it_with_a_reason_to_who_gave_it(
    office: Office, bus: Bus
) -> None:
    made = await office.promise()
    path = f"/commitments/{made['id']}"
    given = {"owner_id": office.id("technician"), "text": "second floor"}
    await office.done("POST", f"{path}/hand-over", given)
    assert await office.listed("agent") == []
    assert await office.listed("agent", "?asked=me") == [made["id"]]
    assert (await office.ask("POST", f"{path}/return", {"reason": " "}, who="technician"))[0] == 422
    with bus.subscribe(["commitment.returned"]) as hints:
        await office.done("POST", f"{path}/return", {"reason": "not mine"}, who="technician")
        assert [hint.key for hint in await hints.next(1)] == [made["id"]]
    assert await office.listed("agent") == [made["id"]]
    assert (await office.ask("GET", path, who="technician"))[0] == 404
    assert await office.entries(made["id"]) == [
        ("comment", "second floor"),
        ("hand_over", ""),
        ("return", "not mine"),
    ]
    status, problem = await office.ask("POST", f"{path}/return", {"reason": "nobody"})
    assert (status, problem["code"]) == (409, "commitment.nobody")


async def test_who_asked_for_it_is_told_when_it_is_done(office: Office, bus: Bus) -> None:
    made = await office.promise(owner_id=office.id("technician"))
    path = f"/commitments/{made['id']}"
    with bus.subscribe(["commitment.done", "commitment.given"]) as hints:
        shown = await office.done("POST", f"{path}/done", {"outcome": "new seal"}, "technician")
        assert [(hint.topic, hint.key) for hint in await hints.next(1)] == [
            ("commitment.done", made["id"])
        ]
    assert (shown["commitment"]["state"], shown["commitment"]["outcome"]) == ("kept", "new seal")
    assert shown["entries"][-1]["kind"] == EntryKind.DONE
    assert (await office.ask("POST", f"{path}/done", {}, who="technician"))[0] == 409


async def test_who_only_asked_for_it_withdraws_it_but_does_not_say_it_is_done(
    office: Office,
) -> None:
    made = await office.promise(owner_id=office.id("technician"))
    path = f"/commitments/{made['id']}"
    assert (await office.ask("POST", f"{path}/done", {}))[0] == 403
    assert (await office.ask("PATCH", path, {"state": "kept"}))[0] == 403
    body = {"state": "withdrawn", "outcome": "the customer did it"}
    assert (await office.done("PATCH", path, body))["state"] == "withdrawn"


async def test_a_specialist_sees_their_own_list_and_nothing_else(office: Office) -> None:
    contact_id = await office.house.receive("the boiler is cold, 我的秘密", "ann@example.test")
    own = await office.promise(
        contact_id=contact_id,
        owner_id=office.id("technician"),
        source_interaction_id=None,
        product_name="Boiler",
    )
    other = await office.promise(sender="bob@example.test")
    assert await office.listed("technician", "?owner=team") == [own["id"]]
    assert await office.listed("technician", f"?owner={office.id('agent')}") == [own["id"]]
    assert await office.listed("technician", f"?customer={other['customer_id']}") == []
    assert await office.listed("technician", "?customer=nobody") == []
    shown = await office.done("GET", f"/commitments/{own['id']}", who="technician")
    assert shown["address"] == {"kind": "email", "value": "a***@example.test"}
    assert shown["commitment"]["source"] is None
    assert shown["may_finish"]
    assert "tier" not in str(shown)
    assert "秘密" not in str(shown)
    for method, path in (
        ("GET", f"/commitments/{other['id']}"),
        ("POST", f"/commitments/{other['id']}/comments"),
        ("POST", f"/commitments/{other['id']}/done"),
        ("POST", f"/commitments/{other['id']}/return"),
        ("POST", f"/commitments/{other['id']}/take"),
        ("POST", f"/commitments/{other['id']}/reveal"),
    ):
        body = {"text": "x"} if path.endswith("comments") else {"reason": "x"}
        body = body if path.endswith(("comments", "return")) else {}
        status, _ = await office.ask(method, path, body if method == "POST" else None, "technician")
        assert status == 404, path
    for path in ("/customers/x/commitments", "/specialists", f"/commitments/{own['id']}/people"):
        assert (await office.ask("GET", path, who="technician"))[0] == 403
    status, _ = await office.ask("PATCH", f"/commitments/{own['id']}", {}, who="technician")
    assert status == 403


async def test_the_address_of_the_job_is_revealed_and_audited(office: Office) -> None:
    own = await office.promise(owner_id=office.id("technician"))
    shown = await office.done("POST", f"/commitments/{own['id']}/reveal", who="technician")
    assert shown == {"value": "ann@example.test"}


async def test_a_supervisor_steers_a_team_and_what_is_its_own(office: Office) -> None:
    teams_own = await office.promise(owner_team="field")
    ones_own = await office.promise(owner_id=office.id("technician"), sender="bob@example.test")
    assert sorted(await office.listed("chief", "?owner=team")) == sorted(
        [teams_own["id"], ones_own["id"]]
    )
    assert await office.listed("chief", "?owner=field") == [teams_own["id"]]
    assert await office.listed("supervisor", "?owner=team") == []
    assert len(await office.listed("admin", "?owner=team")) == 2
    assert await office.listed("chief", "?owner=team&kind=visit") == []
    assert await office.listed("chief", "?owner=team&overdue=true") == []


async def test_a_team_that_takes_nothing_is_escalated_twice(
    office: Office, clock: ManualClock, bus: Bus
) -> None:
    made = await office.promise(owner_team="field")
    clock.advance(DAY.total_seconds() / 2)
    with bus.subscribe(["commitment.reminder", "commitment.broken"]) as hints:
        assert [await office.fire(), await office.fire()] == [1, 0]
        assert (await office.row(made["id"])).escalated_at == NOON + DAY / 2
        clock.advance(DAY.total_seconds() / 2)
        assert [await office.fire(), await office.fire()] == [1, 0]
        assert [hint.topic for hint in await hints.next(1)] == [
            "commitment.reminder",
            "commitment.broken",
        ]
    assert (await office.row(made["id"])).escalated_at == NOON + DAY / 2
    assert await office.listed("chief", "?owner=team&overdue=true") == [made["id"]]


async def test_what_was_taken_is_escalated_when_it_is_late(
    office: Office, clock: ManualClock
) -> None:
    made = await office.promise(owner_team="field")
    await office.done("POST", f"/commitments/{made['id']}/take", who="technician")
    clock.advance(DAY.total_seconds() / 2)
    await office.fire()
    assert (await office.row(made["id"])).escalated_at is None
    clock.advance(DAY.total_seconds() / 2)
    await office.fire()
    assert (await office.row(made["id"])).escalated_at == NOON + DAY


async def test_an_owner_leaves_and_nothing_is_ownerless(office: Office) -> None:
    own = await office.promise(owner_id=office.id("technician"))
    taken = await office.promise(owner_team="field", sender="bob@example.test")
    await office.done("POST", f"/commitments/{taken['id']}/take", who="technician")
    leave = care.HandOver(SYSTEM, office.id("technician"), office.id("helper"))
    assert await office.store.write(care.hand_over, leave) == 2
    assert await office.listed("technician") == []
    assert sorted(await office.listed("helper")) == sorted([own["id"], taken["id"]])
    away = care.HandOver(SYSTEM, office.id("helper"), office.id("agent"))
    await office.store.write(care.hand_over, away)
    row = await office.row(taken["id"])
    assert (row.owner_id, row.taken_by) == ("field", None)  # the agent is not of that team
    row = await office.row(own["id"])
    assert (row.owner_id, row.asked_by) == (office.id("agent"), office.id("agent"))


async def test_who_asked_leaves_and_their_successor_is_told(office: Office) -> None:
    made = await office.promise(owner_id=office.id("technician"))
    leave = care.HandOver(SYSTEM, office.id("agent"), office.id("colleague"))
    await office.store.write(care.hand_over, leave)
    assert (await office.row(made["id"])).asked_by == office.id("colleague")
    assert await office.listed("colleague", "?asked=me") == [made["id"]]


async def test_a_specialist_looks_after_no_customers(office: Office) -> None:
    customer_id = await office.house.customer_of(await office.house.receive("hello"))
    await office.store.write(
        change_customer, ChangeCustomer(SYSTEM, customer_id, owner_id=office.id("agent"))
    )
    leave = care.HandOver(SYSTEM, office.id("agent"), office.id("technician"))
    with pytest.raises(Invalid):
        await office.store.write(care.hand_over, leave)


async def test_a_team_that_is_not_there_owns_nothing(office: Office) -> None:
    contact_id = await office.house.receive("hello")
    body = {"kind": "other", "text": "x", "due_at": (NOON + DAY).isoformat(), "owner_team": "none"}
    status, problem = await office.ask("POST", f"/contacts/{contact_id}/commitments", body)
    assert (status, problem["field"]) == (422, "owner_team")


async def test_business_hours_count_and_the_night_does_not(office: Office) -> None:
    """`finance` is open on weekdays from 9 to 18 in Shanghai; NOON is Tuesday, 20:00 there."""
    contact_id = await office.house.receive("hello", entry_point="finance-mail")
    made = await office.promise(contact_id=contact_id, due_in_s=4 * 3600)
    assert made["due_at"] == "2026-03-11T05:00:00Z"  # 13:00 on Wednesday
    assert made["remind_at"] == "2026-03-11T03:00:00Z"
    later = (NOON + timedelta(days=2)).isoformat()
    changed = await office.done("PATCH", f"/commitments/{made['id']}", {"due_at": later})
    assert (changed["calendar_id"], changed["remind_at"]) == ("office", "2026-03-11T10:00:00Z")


async def test_of_a_customer_of_another_branch_nothing_is_shown(office: Office) -> None:
    made = await office.promise(owner_team="field")
    path = f"/commitments/{made['id']}"

    def branches(tx: Tx, _: None) -> None:
        tx.execute(update(teams).values(is_branch=True))
        tx.execute(
            update(customers)
            .where(customers.c.id == made["customer_id"])
            .values(branch_id="elsewhere")
        )
        tx.execute(update(contacts).values(state="closed"))

    await office.store.write(branches, None)
    for who in ("colleague", "supervisor", "outsider"):
        assert (await office.ask("GET", path, who=who))[0] == 404
        assert (await office.ask("POST", f"{path}/comments", {"text": "x"}, who=who))[0] == 404
    assert (await office.ask("GET", path, who="technician"))[0] == 200
