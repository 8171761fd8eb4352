"""Reasons and outcomes changed in the pages: what contacts had stays, what was said is told."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from sqlalchemy import text

from hub.contacts.inbound import Receipt
from hub.setup.files import export_setup
from hub.storage import Tx
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place
from tests.integration.agent_console.test_drafts import taken
from tests.integration.agent_console.test_socket import next_frame, open_console

from .conftest import shown

SERIAL = {"key": "serial", "zh": "序列号", "en": "Serial number", "kind": "text"}
CAUSE = {
    "key": "cause", "zh": "原因", "en": "Cause", "kind": "choice",
    "choices": [{"key": "wear", "zh": "磨损", "en": "Wear"}],
}  # fmt: skip


async def put(admin: Person, setup: dict[str, Any]) -> dict[str, Any]:
    base = (await shown(admin))["version"]["id"]
    status, answer = await admin.ask("PUT", "/setup/document", {"base": base, "setup": setup})
    assert status == 200, answer
    done: dict[str, Any] = answer
    return done


async def draft(admin: Person) -> dict[str, Any]:
    return deepcopy((await shown(admin))["setup"])


def reason(tree: list[dict[str, Any]], *keys: str) -> dict[str, Any]:
    found = next(one for one in tree if one["key"] == keys[0])
    return found if len(keys) == 1 else reason(found["children"], *keys[1:])


async def closed(house: Place, name: str, **said: Any) -> Receipt:
    """A customer writes, an agent takes it and closes it; return what they were told."""
    agent = await house.hire(name, Role.AGENT, "front")
    receipt = await house.write_in("My boiler", who=name)
    async with agent.console().signed_in() as desk:
        await taken(desk)
        body = {"disposition": said}
        status, answer = await agent.ask("POST", f"/contacts/{receipt.contact_id}/close", body)
        assert status < 300, answer
    return receipt


async def used(admin: Person) -> dict[str, dict[str, Any]]:
    status, body = await admin.ask("GET", "/setup/used")
    assert status == 200
    assert body["most"] == 10_000
    return {line["id"]: line for part in ("reasons", "outcomes") for line in body[part]}


async def test_a_reason_that_moves_is_the_same_to_contacts_and_consoles(
    house: Place, admin: Person
) -> None:
    setup = await draft(admin)
    for queue in setup["queues"]:
        queue["hours"] = "default"
    await put(admin, setup)
    await closed(house, "li", reason_id="repair/visit/missed", outcome_id="solved")
    setup = await draft(admin)
    visit = reason(setup["reasons"], "repair", "visit")
    reason(setup["reasons"], "repair")["children"].remove(visit)
    reason(setup["reasons"], "order")["children"].append({**visit, "code": "repair/visit"})
    wang = await house.hire("wang", Role.AGENT, "front")
    socket = await open_console(house, wang)
    done = await put(admin, setup)
    assert (done["changes"]["added"], done["changes"]["retired"]) == ([], [])
    await next_frame(socket, "setup")
    await socket.close()
    _, drawn = await wang.ask("GET", "/setup")
    tree = {one["id"]: one["parent_id"] for one in drawn["reasons"]}
    assert tree["repair/visit"] == "order"
    assert tree["repair/visit/missed"] == "repair/visit"
    counted = await used(admin)
    assert counted["repair/visit/missed"]["used"] == 1
    assert counted["solved"]["used"] == 1
    assert (await wang.ask("GET", "/setup/used"))[0] == 403
    _, exported = await house.hub.store.read(lambda tx, _: export_setup(tx, {}), None)
    assert 'code = "repair/visit"' in exported


async def test_what_is_left_out_is_retired_and_counted_and_can_come_back(
    house: Place, admin: Person
) -> None:
    setup = await draft(admin)
    setup["reasons"] = [one for one in setup["reasons"] if one["key"] != "other"]
    done = await put(admin, setup)
    assert done["changes"]["retired"] == ["reason other"]
    assert (await used(admin))["other"]["retired"]
    other = {"key": "other", "zh": "其他", "en": "Other"}
    await put(admin, {**setup, "reasons": [*setup["reasons"], other]})
    assert not (await used(admin))["other"]["retired"]


async def test_why_agents_are_away_and_decline_is_counted(house: Place, admin: Person) -> None:
    setup = await draft(admin)
    for queue in setup["queues"]:
        queue["hours"] = "default"
    setup["not_ready_reasons"] = [{"key": "tea", "zh": "茶", "en": "Tea"}]
    setup["decline_reasons"] = [{"key": "tongue", "zh": "语言", "en": "Language"}]
    await put(admin, setup)
    agent = await house.hire("li", Role.AGENT, "front")
    async with agent.console().signed_in() as desk:
        await desk.set_state("not_ready", "tea")
        await desk.set_state("ready")
        await desk.set_state("not_ready", "tea")
        await house.write_in("My boiler", who="li")
        await desk.set_state("ready")
        await desk.until(lambda: bool(desk.offers))
        offer = next(iter(desk.offers))
        await desk.call("POST", f"/offers/{offer}/decline", {"reason": "tongue"})
    _, counted = await admin.ask("GET", "/setup/used")
    lines = [*counted["not_ready_reasons"], *counted["decline_reasons"]]
    assert {one["id"]: one["used"] for one in lines} == {"tea": 2, "tongue": 1}


def mart_row(tx: Tx, contact: str) -> Any:
    found = text("SELECT * FROM mart_contacts WHERE contact_id = :contact")
    return tx.execute(found, {"contact": contact}).one()


async def test_what_was_said_at_the_end_stands_in_the_timeline_and_in_the_mart(
    house: Place, admin: Person
) -> None:
    setup = await draft(admin)
    for queue in setup["queues"]:
        queue["hours"] = "default"
    setup["closing_fields"] = [SERIAL, CAUSE]
    reason(setup["reasons"], "repair")["asks"] = [{"field": "serial"}, {"field": "cause"}]
    await put(admin, setup)
    said = {"serial": "1234", "cause": "wear"}
    where = {"reason_id": "repair/request", "outcome_id": "solved", "next_action": "visit"}
    receipt = await closed(house, "li", **where, note="Quick", fields=said)
    _, entries = await admin.ask("GET", f"/conversations/{receipt.conversation_id}/interactions")
    [end] = [one for one in entries["items"] if one["meta"].get("code") == "closed"]
    meta = end["meta"]
    assert end["author_name"] == "Li"
    assert (meta["reason_zh"], meta["reason_en"]) == ("维修 › 报修", "Repair › Repair request")
    assert (meta["outcome_en"], meta["action_zh"], meta["note"]) == ("Solved", "安排上门", "Quick")
    serial, cause = meta["fields"]
    assert (serial["en"], serial["value"]) == ("Serial number", "1234")
    assert (cause["zh"], cause["value_zh"], cause["value_en"]) == ("原因", "磨损", "Wear")
    row = await house.hub.store.read(mart_row, str(receipt.contact_id))
    assert json.loads(row.closing_values) == said
    assert (row.reason_id, row.outcome_id) == ("repair/request", "solved")
