"""Supervisors make campaigns for the customers they see, are told whom they would reach, and read
what came of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.accounts.tables import audit_log
from hub.campaigns.due import fire_due_campaigns
from hub.campaigns.reads import LOOKED_AT
from hub.core.ids import new_id
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.tables import customers
from hub.storage import Store, Tx
from hub.storage.bulk import insert_rows
from hub.testing.clock import ManualClock
from tests.integration.customers.branches import make_branches
from tests.integration.customers.house import Client, House, open_house, serve
from tests.integration.outreach.build import DAY

TEXTS = {"en": {"subject": "Hello {name}", "text": "Our offer.\n{sender}"}}
ARMS = [
    {"key": "offer", "share": 80, "texts": TEXTS},
    {"key": "none", "share": 20, "holdout": True},
]


@pytest.fixture
async def house(store: Store, clock: ManualClock) -> House:
    clock.set(DAY + timedelta(hours=6))  # no quiet hour in UTC either
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


def body_of(ids: list[str], **more: Any) -> dict[str, Any]:
    return {
        "zh": "春季",
        "en": "Spring",
        "entry_point_id": "mail",
        "ends_at": (DAY + timedelta(days=7)).isoformat(),
        "customer_ids": ids,
        "arms": ARMS,
        **more,
    }


async def made(client: Client, count: int) -> list[str]:
    ids = []
    for number in range(count):
        address = {"kind": "email", "value": f"c{number}@example.test"}
        body = {"name": f"C{number}", "identities": [address]}
        status, one = await client.ask("POST", "/customers", body, who="supervisor")
        assert status == 201
        ids.append(one["id"])
    return ids


async def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    return await client.ask(method, f"/campaigns{path}", body, who="supervisor")


async def turn(house: House, times: int = 6) -> None:
    for _ in range(times):
        await house.store.write(lambda tx, _: fire_due_campaigns(tx, tx.now, 200), None)


async def test_from_draft_to_report(client: Client, house: House, clock: ManualClock) -> None:
    ids = await made(client, 6)
    path = f"/customers/{ids[0]}/consents"
    await client.ask("PUT", path, {"purpose": "marketing", "allowed": False})
    status, draft = await ask(client, "PUT", "/spring", body_of(ids, pace_per_hour=36_000))
    assert draft["arms"][0]["texts"] == TEXTS
    assert (status, draft["line"]["state"], draft["line"]["people"]) == (
        200,
        "draft",
        {"listed": 6},
    )
    status, counts = await ask(client, "POST", "/spring/count")
    assert (status, counts["people"], counts["looked_at"], counts["confirm"]) == (200, 6, 6, False)
    assert counts["suppressed"] == {"opted_out": 1}
    assert counts["reach"] + counts["held_out"] == 5
    status, running = await ask(client, "POST", "/spring/start", {"version": 1})
    assert (status, running["line"]["state"], running["filling"]) == (200, "running", True)
    for _ in range(10):
        await turn(house, 1)
        clock.advance(1)
    status, people = await ask(client, "GET", "/spring/people?limit=4")
    assert (status, len(people["items"])) == (200, 4)
    status, rest = await ask(client, "GET", f"/spring/people?limit=4&after={people['after']}")
    assert (len(rest["items"]), rest["after"]) == (2, None)
    everybody = [*people["items"], *rest["items"]]
    assert {one["customer_id"] for one in everybody} == set(ids)
    assert [(one["state"], one["reason"]) for one in everybody if one["reason"]] == [
        ("suppressed", "opted_out")
    ]
    _, refused = await ask(client, "GET", "/spring/people?state=suppressed")
    assert [one["customer_id"] for one in refused["items"]] == [ids[0]]
    status, report = await ask(client, "GET", "/spring/report")
    assert status == 200
    assert sum(arm["n"] for arm in report["arms"]) == 5
    assert report["suppressed"] == {"opted_out": 1}
    status, page = await ask(client, "GET", "")
    assert [one["state"] for one in page["items"]] == ["done"]
    actions = await house.store.read(
        lambda tx, _: set(tx.execute(select(audit_log.c.action)).scalars()), None
    )
    assert {"campaign.put", "campaign.running"} <= actions


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"channel": "fax"}, "channel"),
        ({"channel": "phone"}, "channel"),
        ({"entry_point_id": "hotline"}, "entry_point_id"),
        ({"purpose": "survey"}, "survey_key"),
        ({"survey_key": "s"}, "survey_key"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"customer_ids": []}, "group_key"),
        ({"customer_ids": [], "group_key": "nobody"}, "group_key"),
        ({"arms": [{"key": "a", "share": 90, "texts": TEXTS}]}, "arms"),
        ({"arms": [{"key": "a", "share": 100, "texts": {}}]}, "arms[0].texts"),
        (
            {
                "arms": [
                    {"key": "a", "share": 100, "texts": {"en": {"subject": "{x}", "text": "t"}}}
                ]
            },
            "arms[0].texts.en",
        ),
    ],
)
async def test_what_is_wrong_is_said_by_its_place(
    client: Client, more: dict[str, Any], path: str
) -> None:
    ids = await made(client, 1)
    status, answer = await ask(client, "PUT", "/spring", body_of(ids, **more))
    assert status == 422
    assert path in [fault["path"] for fault in answer["problems"]], answer


async def test_what_was_started_is_changed_by_nobody(client: Client) -> None:
    ids = await made(client, 2)
    _, draft = await ask(client, "PUT", "/spring", body_of(ids))
    status, answer = await ask(client, "PUT", "/spring", body_of(ids))
    assert (status, answer["code"]) == (409, "campaign.stale")
    status, again = await ask(client, "PUT", "/spring", body_of(ids[:1], version=1))
    assert (status, again["line"]["people"]) == (200, {"listed": 1})
    assert (await ask(client, "POST", "/spring/resume"))[0] == 409
    assert (await ask(client, "POST", "/spring/pause"))[0] == 409
    assert (await ask(client, "POST", "/spring/start", {"version": 2}))[0] == 200
    assert (await ask(client, "POST", "/spring/start", {"version": 3}))[0] == 409
    status, answer = await ask(client, "PUT", "/spring", body_of(ids, version=3))
    assert (status, answer["code"]) == (409, "campaign.begun")
    assert (await ask(client, "DELETE", "/spring"))[1]["code"] == "campaign.begun"
    for act in ("pause", "resume", "stop"):
        assert (await ask(client, "POST", f"/spring/{act}"))[0] == 200
    assert draft["line"]["version"] == 1
    await ask(client, "PUT", "/other", body_of(ids))
    assert (await ask(client, "DELETE", "/other"))[0] == 204
    assert (await ask(client, "GET", "/other"))[0] == 404


async def test_only_what_was_counted_starts(client: Client) -> None:
    """A colleague changed the draft after it was counted: it starts in no version nobody saw."""
    ids = await made(client, 2)
    await ask(client, "PUT", "/spring", body_of(ids))
    await ask(client, "PUT", "/spring", body_of(ids[:1], version=1))
    for version in (1, 3):
        status, answer = await ask(client, "POST", "/spring/start", {"version": version})
        assert (status, answer["code"]) == (409, "campaign.stale")
    assert (await ask(client, "POST", "/spring/start", {}))[0] == 422
    assert (await ask(client, "GET", "/spring"))[1]["line"]["state"] == "draft"
    assert (await ask(client, "POST", "/spring/start", {"version": 2}))[0] == 200


async def test_more_than_ten_thousand_are_confirmed_by_their_number(
    client: Client, house: House
) -> None:
    """And counted by a sample: the rest is of those who were looked at. A living group may have
    grown a little since.
    """
    await house.store.write(_crowd, 10_001)
    _, draft = await ask(client, "PUT", "/spring", body_of([], group_key="crowd"))
    assert draft["group_key"] == "crowd"
    status, counts = await ask(client, "POST", "/spring/count")
    assert (status, counts["people"], counts["confirm"]) == (200, 10_001, True)
    assert abs(counts["looked_at"] - LOOKED_AT) < 500
    assert counts["suppressed"] == {"no_address": counts["looked_at"]}
    for confirmed in ({}, {"confirmed": 9_800}):
        body = {"version": 1, **confirmed}
        status, answer = await ask(client, "POST", "/spring/start", body)
        assert (status, answer["code"], answer["details"]["people"]) == (
            409,
            "campaign.confirm",
            10_001,
        )
    body = {"version": 1, "confirmed": 9_900}
    assert (await ask(client, "POST", "/spring/start", body))[0] == 200
    rows = await house.store.read(lambda tx, _: tx.execute(select(audit_log)).all(), None)
    [told] = [row.detail for row in rows if row.action == "campaign.running"]
    assert (told["people"], told["confirmed"]) == (10_001, 9_900)


async def test_nobody_is_no_campaign_and_a_group_is_counted_first(
    client: Client, house: House
) -> None:
    await house.store.write(_crowd, 0)
    await ask(client, "PUT", "/spring", body_of([], group_key="crowd"))
    status, answer = await ask(client, "POST", "/spring/start", {"version": 1})
    assert (status, answer["code"]) == (409, "campaign.nobody")
    await house.store.write(
        lambda tx, _: tx.execute(update(customer_groups).values(counted_to="")) and None, None
    )
    status, answer = await ask(client, "POST", "/spring/start", {"version": 1})
    assert (status, answer["code"]) == (409, "campaign.group_counting")


async def test_a_branch_reaches_its_own_and_sees_no_other_campaign(
    client: Client, house: House
) -> None:
    """The supervisor is of the branch "team"; the group is of everybody."""
    mine, hidden = await made(client, 2)
    await ask(client, "PUT", "/everybodys", body_of([mine]))
    await house.store.write(make_branches, None)
    await house.store.write(_becomes, (hidden, "south"))
    await house.store.write(_group, [mine, hidden])
    assert (await ask(client, "GET", "/everybodys"))[0] == 404
    assert (await ask(client, "POST", "/everybodys/start", {"version": 1}))[0] == 404
    assert (await ask(client, "GET", ""))[1]["items"] == []
    status, _ = await ask(client, "PUT", "/everybodys", body_of([mine], version=1))
    assert status == 409
    await ask(client, "PUT", "/ours", body_of([], group_key="crowd"))
    status, counts = await ask(client, "POST", "/ours/count")
    assert (status, counts["people"]) == (200, 1)
    await ask(client, "POST", "/ours/start", {"version": 1})
    await turn(house)
    _, people = await ask(client, "GET", "/ours/people")
    assert [one["customer_id"] for one in people["items"]] == [mine]


async def test_agents_have_no_campaigns(client: Client) -> None:
    for method, path in (("GET", ""), ("GET", "/x"), ("POST", "/x/start"), ("GET", "/x/people")):
        status, _ = await client.ask(method, f"/campaigns{path}", {} if method == "POST" else None)
        assert status == 403


def _becomes(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, branch = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(branch_id=branch))


def _group(tx: Tx, ids: list[str]) -> None:
    group_id = new_id()
    tx.execute(
        insert(customer_groups).values(
            id=group_id, key="crowd", zh="众", en="Crowd", rule={"all": []}, owner_id="boss",
            version=1, made_at=tx.now,
        )
    )  # fmt: skip
    rows = [
        {"id": new_id(), "group_id": group_id, "customer_id": id_, "entered_at": tx.now}
        for id_ in ids
    ]
    if rows:
        insert_rows(tx, group_members, rows)


def _crowd(tx: Tx, count: int) -> None:
    ids = [new_id() for _ in range(count)]
    rows = [
        {
            "id": id_, "kind": "person", "tier": "standard", "tier_source": "default",
            "tier_set_at": tx.now, "source": "import", "created_at": tx.now, "updated_at": tx.now,
            "version": 1, "indexed_as": 3,
        }
        for id_ in ids
    ]  # fmt: skip
    insert_rows(tx, customers, rows)
    _group(tx, ids)
