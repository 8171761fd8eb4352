"""Deadlines, presence and privacy in the pages: shown, checked by place, changed, brought back."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hub.customers.settings import load_customer_settings
from hub.routing.settings import load_settings
from tests.integration.agent_console.conftest import Person, Place

from .conftest import shown
from .test_api import audited, put

STEP = {"at": "breach", "action": "notify", "on": "", "to": "supervisors", "priority": 1}
# What is written of a policy, where the fault is told, and how its words begin.
WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"first_reply_s": 0}, ".first_reply_s", "expected `int` >= 1"),
    ({"warn_at": 1.5}, ".warn_at", "expected `float` <= 1"),
    ({"tiers": ["silver"]}, ".tiers", "there is no tier 'silver'"),
    ({"hours": "moon"}, ".hours", "there is no hours 'moon'"),
    (
        {"first_reply_s": None, "next_reply_s": None, "resolution_s": None},
        "",
        "has no deadline",
    ),
    ({"channels": ["email"]}, "", "never applies, 'gold_written' before it"),
    ({"escalations": [{**STEP, "at": 0}]}, ".escalations[0].at", "expected `int` >= 1"),
    (
        {"resolution_s": None, "escalations": [STEP, {**STEP, "on": "resolution"}]},
        ".escalations[1].on",
        "the policy has no resolution",
    ),
    (
        {"escalations": [{**STEP, "action": "move", "to": ""}]},
        ".escalations[0].to",
        "there is no queue ''",
    ),
    (
        {"escalations": [{**STEP, "action": "assign", "to": ""}]},
        ".escalations[0].to",
        "'' is no agent",
    ),
)


async def policies(house: Place) -> list[str]:
    settings = await house.hub.store.read(lambda tx, _: load_settings(tx), None)
    return [policy.key for policy in settings.sla_policies]


async def test_a_policy_is_put_first_told_audited_and_brought_back(
    house: Place, admin: Person
) -> None:
    first = await shown(admin)
    setup = deepcopy(first["setup"])
    gold, written = setup["sla_policies"]
    new = {
        **written,
        "key": "finance",
        "zh": "财务",
        "en": "Finance",
        "queues": ["finance"],
        "next_reply_s": None,
        "escalations": [{**STEP, "at": 1800, "on": "first_reply"}],
    }
    setup["sla_policies"] = [new, gold, {**written, "warn_at": 0.5}]
    status, done = await put(admin, 1, setup, "finance is quick")
    assert (status, done["version"]["id"]) == (200, 2)
    assert done["changes"]["added"] == ["sla policy finance"]
    assert done["changes"]["changed"] == ["sla policy written"]
    assert {one["path"] for one in done["changes"]["details"]} == {
        "sla_policies.finance",
        "sla_policies.written.warn_at",
    }
    assert await policies(house) == ["finance", "gold_written", "written"]
    assert (await shown(admin))["setup"] == setup
    made, _ = await audited(admin)
    assert (made["object_id"], made["detail"]["note"]) == ("2", "finance is quick")

    status, back = await admin.ask("POST", "/setup/versions/1/restore", {"base": 2, "note": ""})
    assert (status, back["changes"]["retired"]) == (200, ["sla policy finance"])
    assert await policies(house) == ["gold_written", "written"]
    assert (await shown(admin))["setup"] == first["setup"]


async def test_what_is_wrong_with_a_policy_is_told_beside_its_field(admin: Person) -> None:
    first = (await shown(admin))["setup"]
    for changes, place, said in WRONG:
        setup = deepcopy(first)
        setup["sla_policies"][1] |= {"tiers": ["gold"], "channels": ["phone"], **changes}
        asked = {"base": 1, "setup": setup}
        status, checked = await admin.ask("POST", "/setup/document/check", asked)
        assert (status, checked["changes"]) == (200, None), changes
        [found] = checked["problems"]
        assert found["path"] == f"sla_policies[1]{place}"
        assert found["message"].startswith(said)
    status, refused = await put(admin, 1, setup)
    assert (status, refused["code"]) == (422, "setup.bad")
    assert (await shown(admin))["setup"] == first


async def test_presence_offers_and_privacy_hold_as_they_are_saved(
    house: Place, admin: Person
) -> None:
    first = await shown(admin)
    setup = deepcopy(first["setup"])
    setup["presence"] |= {"lost_s": 30, "supervisors_read_unseen": False}
    setup["presence"]["return_s"] = {"webchat": 120}
    setup["offer"]["missed"] |= {"phone": 3}
    setup["next_reply_s"] = {"webchat": {"warn": 30, "late": 90}}
    setup["privacy"] = {**setup["privacy"], "originals": "admin"}
    status, done = await put(admin, 1, setup)
    assert status == 200, done
    assert "presence.lost_s: 20.0 → 30.0" in done["changes"]["changed"]
    assert 'privacy.originals: "supervisor" → "admin"' in done["changes"]["changed"]
    settings = await house.hub.store.read(lambda tx, _: load_settings(tx), None)
    assert (settings.lost_s, settings.return_s) == (30, {"webchat": 120})
    assert settings.channels["phone"].missed_limit == 3
    assert settings.next_reply["webchat"].late == 90
    about = await house.hub.store.read(lambda tx, _: load_customer_settings(tx), None)
    assert about.privacy.originals == "admin"

    wrong = deepcopy(setup)
    wrong["capacity"] |= {"interrupted_s": 59, "total": 0}
    wrong["capacity"]["cost"]["fax"] = -1
    wrong["sticky"]["wait_s"]["phone"] = -1
    wrong["offer"] |= {"pull": "everybody", "backoff_s": []}
    wrong["presence"]["lost_s"] = 4
    wrong["offer"]["missed"]["phone"] = 0
    wrong["privacy"]["originals"] = "nobody"
    status, refused = await put(admin, 2, wrong)
    assert {one["path"] for one in refused["problems"]} == {
        "capacity.interrupted_s",
        "capacity.total",
        "capacity.cost.fax",
        "sticky.wait_s.phone",
        "offer.pull",
        "offer.backoff_s",
        "presence.lost_s",
        "offer.missed.phone",
        "privacy.originals",
    }
    assert (await shown(admin))["setup"] == setup
