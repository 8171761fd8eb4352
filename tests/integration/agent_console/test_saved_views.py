"""Saved views and acts on many contacts, over HTTP: who may do what, and what each refusal says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place

CHATS = {"channels": ["webchat"], "order": "newest"}


async def views_of(person: Person) -> dict[str, Any]:
    status, found = await person.ask("GET", "/views")
    assert status == 200
    return {view["id"]: view for view in found["views"]}


async def test_a_view_of_ones_own_is_nobody_elses(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    liu = await place.hire("liu", Role.AGENT, "team")
    status, saved = await chen.ask("POST", "/views", {"name": " My  chats ", "filter": CHATS})
    assert (status, saved["name"], saved["may_edit"]) == (201, "My chats", True)
    path = f"/views/{saved['id']}"
    assert saved["id"] not in await views_of(liu)
    change = {"name": "Ha", "filter": CHATS, "version": 1}
    assert (await liu.ask("PUT", path, change))[0] == 404
    assert (await liu.ask("DELETE", path))[0] == 404
    status, problem = await chen.ask("PUT", path, {**change, "version": 7})
    assert (status, problem["code"]) == (409, "view.changed")
    assert (await chen.ask("PUT", path, change))[1]["version"] == 2
    assert (await chen.ask("DELETE", path))[0] == 204
    assert saved["id"] not in await views_of(chen)


async def test_shared_views_are_changed_by_supervisors_of_the_team_and_audited(
    place: Place,
) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    south = await place.hire("south", Role.SUPERVISOR, "south")
    admin = await place.hire("root", Role.ADMIN, "team")
    body = {"name": "Chats", "filter": CHATS, "team_id": "team"}
    status, problem = await chen.ask("POST", "/views", body)
    assert (status, problem["code"]) == (403, "view.not_shared")
    status, problem = await south.ask("POST", "/views", body)
    assert (status, problem["code"]) == (403, "view.not_shared")
    status, saved = await boss.ask("POST", "/views", body)
    assert status == 201
    assert (await views_of(chen))[saved["id"]]["may_edit"] is False
    assert saved["id"] not in await views_of(south)
    path = f"/views/{saved['id']}"
    status, problem = await chen.ask("DELETE", path)
    assert (status, problem["code"]) == (403, "view.shared")
    assert (await boss.ask("DELETE", path))[0] == 204
    _, log = await admin.ask("GET", f"/audit?object={saved['id']}")
    assert [line["action"] for line in log["items"]] == ["view.delete", "view.add"]


async def test_what_cannot_be_listed_is_not_saved(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    for wanted, code in (
        ({"order": "urgency"}, "view.no_urgency"),
        ({"states": ["closed"], "due_within_s": 60}, "view.nothing_due"),
    ):
        said = {"filter": {**wanted, "words": "x"}}
        for path, body in (("/views", {"name": "x", "filter": wanted}),
                           ("/contacts/find", {"filter": wanted}),
                           ("/interactions/find", said)):  # fmt: skip
            status, problem = await chen.ask("POST", path, body)
            assert (status, problem["code"]) == (422, code)
    nowhere = {"words": "leak", "opened_after": "2026-05-01T08:00:00"}
    for path in ("/contacts/find", "/interactions/find"):
        status, problem = await chen.ask("POST", path, {"filter": nowhere})
        assert (status, problem["field"]) == (422, "filter.opened_after")
    assert (await chen.ask("POST", "/views", {"name": "  ", "filter": {}}))[0] == 422
    assert (await chen.ask("POST", "/contacts/find", {"filter": {"colour": "red"}}))[0] in (
        400,
        422,
    )


async def test_the_order_of_views_is_kept_for_each_user(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    liu = await place.hire("liu", Role.AGENT, "team")
    assert next(iter(await views_of(chen))) == "mine"
    assert (await chen.ask("PUT", "/me/view-order", {"ids": ["closed", "nobodys", "mine"]}))[
        0
    ] == 204
    assert list(await views_of(chen))[:2] == ["closed", "mine"]
    assert next(iter(await views_of(liu))) == "mine"


async def test_counts_and_rows_stay_inside_ones_sight(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    mine = await place.write_in("Hello")
    theirs = await place.write_in("Hello", "finance-mail", "a@example.test")
    _, counts = await chen.ask("GET", "/view-counts?id=all&id=waiting&id=nobodys")
    assert [(one["id"], one["count"], one["more"]) for one in counts["items"]] == [
        ("all", 1, False),
        ("waiting", 1, False),
    ]
    _, rows = await chen.ask("GET", f"/contact-rows?id={mine.contact_id}&id={theirs.contact_id}")
    assert [row["id"] for row in rows["items"]] == [mine.contact_id]


async def test_words_and_phrases_are_found_on_the_contacts_of_a_filter(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    first = await place.write_in("The green pump leaks", who="v1")
    await place.write_in("The pump is green and leaks", who="v2")
    ask = {"filter": {"phrase": "Green  PUMP"}}
    _, page = await boss.ask("POST", "/contacts/find", ask)
    assert [row["id"] for row in page["items"]] == [first.contact_id]
    _, said = await boss.ask("POST", "/interactions/find", ask)
    assert [entry["excerpt"] for entry in said["items"]] == ["The green pump leaks"]
    _, page = await boss.ask("POST", "/contacts/find", {"filter": {"words": "pump"}})
    assert len(page["items"]) == 2
    none = {"filter": {"words": "pump", "channels": ["fax"]}}
    assert (await boss.ask("POST", "/contacts/find", none))[1]["items"] == []


async def test_many_are_moved_and_each_refusal_is_told(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team", "south")
    li = await place.hire("li", Role.SUPERVISOR, "team")
    ids = [str((await place.write_in("Hello", who=f"v{n}")).contact_id) for n in range(3)]
    assert (await li.ask("POST", f"/contacts/{ids[0]}/pull"))[0] == 200
    body = {"contact_ids": [*ids, "nobodys"], "do": {"act": "assign", "agent_id": "me"}}
    status, answer = await boss.ask("POST", "/contacts/bulk", body)
    assert status == 200
    assert [one["contact_id"] for one in answer["done"]] == ids[1:]
    refused = {one["contact_id"]: one for one in answer["refused"]}
    taken = refused[ids[0]]
    assert (taken["code"], taken["who"]) == ("contact.taken", "Li")
    assert taken["message"] == "Already taken by Li."
    assert refused["nobodys"]["code"] == "not_found"
    back = {"contact_ids": ids[1:], "do": {"act": "queue", "queue_id": "finance"}}
    assert len((await boss.ask("POST", "/contacts/bulk", back))[1]["done"]) == 2
    assert set((await states(place)).values()) >= {"queued", "active"}


async def test_an_agent_does_with_what_waits_only_what_agents_may(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    waits = str((await place.write_in("Hello")).contact_id)
    for act, code in (
        ({"act": "priority", "by": 1}, "bulk.supervisors"),
        ({"act": "queue", "queue_id": "finance"}, "bulk.supervisors"),
        ({"act": "spam"}, "bulk.supervisors"),
        ({"act": "close"}, "bulk.waits"),
        ({"act": "priority"}, "invalid"),
    ):
        _, answer = await chen.ask("POST", "/contacts/bulk", {"contact_ids": [waits], "do": act})
        assert [one["code"] for one in answer["refused"]] == [code]
    many = {"contact_ids": [f"c{n}" for n in range(501)], "do": {"act": "spam"}}
    assert (await chen.ask("POST", "/contacts/bulk", many))[0] in (400, 422)


async def test_spam_is_closed_unanswered_and_said_so(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    waits = str((await place.write_in("Buy pills")).contact_id)
    body = {"contact_ids": [waits], "do": {"act": "spam"}}
    assert len((await boss.ask("POST", "/contacts/bulk", body))[1]["done"]) == 1
    _, detail = await boss.ask("GET", f"/contacts/{waits}")
    row = detail["contact"]
    assert (row["state"], row["ended_as"], row["unanswered_since"]) == ("closed", "spam", None)
    conversation = row["conversation_id"]
    _, entries = await boss.ask("GET", f"/conversations/{conversation}/interactions")
    assert entries["items"][-1]["meta"]["code"] == "marked_spam"
    _, again = await boss.ask("POST", "/contacts/bulk", body)
    assert [one["code"] for one in again["refused"]] == ["contact.illegal_move"]


async def takes_one(place: Place, agent: Person, who: str) -> str:
    """A mail comes, and this agent has it and takes nothing more."""
    async with agent.console().signed_in() as desk:
        await desk.set_state("ready")
        await place.write_in("Is it ready?", "mail", who)
        await desk.until(lambda: bool(desk.offers))
        held = await desk.accept(next(iter(desk.offers)))
        await desk.set_state("not_ready", "break")
        return held


async def test_spam_by_mistake_waits_again_and_its_sender_is_let_in(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    held = await takes_one(place, chen, "li@example.test")
    assert (await chen.ask("POST", f"/contacts/{held}/block", {"reason": "a slip"}))[0] == 200
    undo = {"contact_ids": [held], "do": {"act": "no_spam"}}
    assert len((await chen.ask("POST", "/contacts/bulk", undo))[1]["done"]) == 1
    row = (await boss.ask("GET", f"/contacts/{held}"))[1]["contact"]
    assert (row["state"], row["ended_as"]) == ("queued", None)
    assert row["unanswered_since"] is not None
    assert (await boss.ask("GET", "/blocks"))[1]["items"] == []
    again = (await boss.ask("POST", "/contacts/bulk", undo))[1]["refused"]
    assert [one["code"] for one in again] == ["contact.illegal_move"]


async def test_an_agent_takes_back_only_what_was_theirs_a_moment_ago(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    held = await takes_one(place, chen, "li@example.test")
    spam, undo = ({"contact_ids": [held], "do": {"act": act}} for act in ("spam", "no_spam"))
    assert len((await chen.ask("POST", "/contacts/bulk", spam))[1]["done"]) == 1
    _, answer = await li.ask("POST", "/contacts/bulk", undo)
    assert [one["code"] for one in answer["refused"]] == ["contact.not_yours"]

    def long_ago(tx: Tx, _: None) -> None:
        tx.execute(contacts.update().values(closed_at=tx.now - timedelta(minutes=16)))

    await place.hub.store.write(long_ago, None)
    _, answer = await chen.ask("POST", "/contacts/bulk", undo)
    assert [one["code"] for one in answer["refused"]] == ["spam.too_late"]

    def a_call(tx: Tx, channel: str) -> None:
        tx.execute(contacts.update().values(channel=channel))

    await place.hub.store.write(a_call, "phone")
    _, answer = await boss.ask("POST", "/contacts/bulk", undo)
    assert [one["code"] for one in answer["refused"]] == ["spam.was_call"]
    await place.hub.store.write(a_call, "email")
    assert len((await boss.ask("POST", "/contacts/bulk", undo))[1]["done"]) == 1


async def states(place: Place) -> dict[str, str]:
    def read(tx: Tx, _: None) -> dict[str, str]:
        return {row.id: row.state for row in tx.execute(contacts.select())}

    return await place.hub.store.read(read, None)
