"""Who sees whose customers: role by branch by route. What one may not see is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest
from sqlalchemy import false, insert, update

from hub import care
from hub.accounts.model import Actor
from hub.accounts.tables import teams
from hub.contacts.model import Channel
from hub.customers.access import Scope
from hub.customers.finding import FindCustomers, find_customers
from hub.customers.index import index_customers
from hub.customers.merging.service import MergeCustomers
from hub.customers.merging.tables import customer_conflicts
from hub.customers.tables import customers
from hub.customers.views import Reader
from hub.storage import Store, Tx
from hub.web import Role
from tests.integration.sla.house import Planning

from .branches import BODIES, CANARY, DUE, NUMBER, Branches, make_branches, make_customer
from .house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


@pytest.fixture
async def branches(house: House, client: Client) -> Branches:
    await house.store.write(make_branches, None)
    hidden = await make_customer(
        client, name=CANARY, identities=[{"kind": "phone", "value": NUMBER, "label": "手机"}]
    )
    seen = await make_customer(
        client, name="Near By", identities=[{"kind": "external", "value": "n:1"}]
    )
    found = Branches(
        house=house,
        client=client,
        hidden=hidden["id"],
        identity=hidden["identities"][0]["id"],
        seen=seen["id"],
        address=seen["identities"][0]["id"],
    )
    await found.become(branch_id="south")
    return found


def asked_of(who: str) -> list[tuple[str, str, str]]:
    """The routes that can be asked of who: an outsider sees neither of two, serves no line."""
    return [
        (who, method, path)
        for method, path in sorted(BODIES)
        if who != "outsider" or not ("{seen}/" in path or path in ("/contacts", "/callbacks"))
    ]


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [one for who in ("agent", "supervisor", "outsider") for one in asked_of(who)],
)
async def test_what_another_branch_has_is_not_there(
    branches: Branches, who: str, method: str, path: str
) -> None:
    status, answer = await branches.asked(method, path, who)
    if path.endswith("/erase"):
        assert status == 403  # admins' alone, who see everybody
    elif who != "supervisor" and (
        path.endswith(Branches.SUPERVISORS)
        or (method, path.rpartition("/")[2]) == ("POST", "allocations")
    ):
        assert status == 403  # supervisors' alone
    else:
        assert (status, answer["code"]) == (404, "not_found"), answer
    assert CANARY not in str(answer)


@pytest.mark.parametrize(("method", "path"), sorted(BODIES))
async def test_what_ones_own_branch_has_is_there(
    branches: Branches, method: str, path: str
) -> None:
    await branches.become(branch_id="team")
    status, answer = await branches.asked(method, path, "supervisor")
    # a supervisor's own: what is refused is refused for another reason
    assert status != 404 or "such customer" not in answer["detail"], answer


@pytest.mark.parametrize("typed", [CANARY, "灯塔", NUMBER, f"%2B86{NUMBER}", "9000", ""])
async def test_search_and_lists_hold_nobody_of_another_branch(
    branches: Branches, typed: str
) -> None:
    for who, sees in (("agent", False), ("outsider", False)):
        status, page = await branches.client.ask("GET", f"/customers?q={typed}", who=who)
        assert status == 200
        assert (branches.hidden in [row["id"] for row in page["items"]]) is sees
        assert CANARY not in str(page)
    await branches.become(branch_id="team")
    _, page = await branches.client.ask("GET", f"/customers?q={typed}")
    assert branches.hidden in [row["id"] for row in page["items"]]


async def test_everybody_sees_who_belongs_to_no_branch(branches: Branches) -> None:
    await branches.become(branch_id=None)
    assert [await branches.sees(who) for who in ("agent", "supervisor", "outsider")] == [True] * 3
    _, page = await branches.client.ask("GET", "/customers", who="outsider")
    assert [row["id"] for row in page["items"]] == [branches.hidden]


async def test_without_branches_everybody_sees_all(branches: Branches) -> None:
    def none(tx: Tx, _: None) -> None:
        tx.execute(update(teams).values(is_branch=False))

    await branches.house.store.write(none, None)
    assert [await branches.sees(who) for who in ("agent", "supervisor", "outsider")] == [True] * 3


async def test_the_head_office_sees_all(branches: Branches) -> None:
    def head(tx: Tx, _: None) -> None:
        tx.execute(update(teams).where(teams.c.id == "team").values(sees_all=True))

    await branches.house.store.write(head, None)
    assert await branches.sees("agent")
    assert not await branches.sees("outsider")


async def test_who_looks_after_a_customer_sees_them(branches: Branches) -> None:
    await branches.become(owner_id=branches.house.agent.id)
    assert await branches.sees("agent")
    assert not await branches.sees("supervisor")
    _, page = await branches.client.ask("GET", "/customers")
    assert {row["id"] for row in page["items"]} == {branches.hidden, branches.seen}
    # and may give them away: what became of it is shown once more
    status, shown = await branches.client.ask(
        "PATCH", f"/customers/{branches.hidden}", {"owner_id": ""}
    )
    assert (status, shown["owner_id"]) == (200, None)
    assert not await branches.sees("agent")


async def test_who_writes_to_ones_queue_is_in_ones_hands(branches: Branches) -> None:
    contact = await branches.house.receive("hello", NUMBER, Channel.PHONE)
    assert await branches.house.customer_of(contact) == branches.hidden
    assert await branches.sees("agent")
    assert not await branches.sees("outsider")  # serves no queue
    _, page = await branches.client.ask("GET", f"/customers?q={NUMBER}")
    assert [row["id"] for row in page["items"]] == [branches.hidden]


async def test_a_promise_of_ones_own_keeps_the_customer_in_sight(branches: Branches) -> None:
    await branches.become(branch_id="team")
    promise = {"kind": "callback", "text": "call", "due_at": DUE}
    status, made = await branches.client.ask(
        "POST", f"/customers/{branches.hidden}/commitments", promise
    )
    assert status == 201, made
    await branches.become(branch_id="south")
    assert await branches.sees("agent")
    assert not await branches.sees("supervisor")
    await branches.client.ask("PATCH", f"/commitments/{made['id']}", {"state": "kept"})
    assert not await branches.sees("agent")


async def test_two_records_of_one_person_are_seen_by_both_branches(branches: Branches) -> None:
    store, seen, hidden = branches.house.store, branches.seen, branches.hidden
    head = Actor(branches.house.supervisor.id, "Sun", "session")
    await store.write(care.merge_customers, MergeCustomers(head, seen, hidden, "same"))
    for customer_id in (seen, hidden):
        status, _ = await branches.client.ask("GET", f"/customers/{customer_id}")
        assert status == 200


async def test_others_are_named_on_a_record_only_to_who_may_see_them(branches: Branches) -> None:
    firm = await make_customer(branches.client, name="Firm", kind="organisation")
    await branches.become(branch_id="team")
    role = {"role": "buyer"}
    path = f"/customers/{firm['id']}/persons/{branches.hidden}"
    assert (await branches.client.ask("PUT", path, role))[0] == 204

    await branches.house.store.write(_claim, (firm["id"], branches))
    _, shown = await branches.client.ask("GET", f"/customers/{firm['id']}")
    assert [shown["persons"][0]["name"], shown["claims"][0]["name"]] == [CANARY, CANARY]
    await branches.become(branch_id="south")
    _, shown = await branches.client.ask("GET", f"/customers/{firm['id']}")
    assert (shown["persons"], shown["claims"]) == ([], [])
    assert CANARY not in str(shown)


def _claim(tx: Tx, asked: tuple[str, Branches]) -> None:
    claimant, branches = asked
    tx.execute(
        insert(customer_conflicts).values(
            id="claim",
            kind="claim",
            customer_id=claimant,
            other_id=branches.hidden,
            identity_id=branches.identity,
            evidence={},
            score=50,
            found_at=tx.now,
        )
    )


async def test_what_is_to_be_decided_is_asked_of_who_sees_both(branches: Branches) -> None:
    await branches.house.store.write(_claim, (branches.seen, branches))
    decide = ("POST", "/conflicts/claim/decide", {"decision": "apart"})
    for who in ("agent", "supervisor"):
        status, page = await branches.client.ask("GET", "/conflicts", who=who)
        assert (status, page["items"]) == (200, [])
        status, answer = await branches.client.ask(*decide, who=who)
        assert (status, answer["code"]) == (404, "not_found")
    await branches.become(branch_id="team")
    _, page = await branches.client.ask("GET", "/conflicts")
    assert [asked["other"]["name"] for asked in page["items"]] == [CANARY]
    assert (await branches.client.ask(*decide))[0] == 204


async def test_a_split_is_undone_and_read_by_who_sees_both(branches: Branches) -> None:
    await branches.become(branch_id="team")
    body = {"identity_ids": [branches.address], "to_id": branches.hidden, "reason": "theirs"}
    path = f"/customers/{branches.seen}"
    assert (await branches.client.ask("POST", f"{path}/split", body, who="supervisor"))[0] == 200
    _, log = await branches.client.ask("GET", f"{path}/merges")
    [split] = log["items"]
    assert (split["into_name"], len(split["addresses"])) == (CANARY, 1)
    await branches.become(branch_id="south")
    _, log = await branches.client.ask("GET", f"{path}/merges")
    assert (log["items"][0]["into_name"], log["items"][0]["addresses"]) == (None, [])
    undo = ("POST", f"/splits/{split['id']}/undo", None)
    assert (await branches.client.ask(*undo, who="supervisor"))[0] == 404
    await branches.become(branch_id="team")
    assert (await branches.client.ask(*undo, who="supervisor"))[0] == 204


async def test_candidates_are_of_ones_own_branch(branches: Branches) -> None:
    twin = await make_customer(branches.client, name=CANARY)
    path = f"/customers/{twin['id']}/candidates"
    _, page = await branches.client.ask("GET", path)
    assert page["items"] == []
    await branches.become(branch_id="team")
    _, page = await branches.client.ask("GET", path)
    assert [found["customer"]["id"] for found in page["items"]] == [branches.hidden]


@pytest.mark.parametrize("shared", [False, True])
async def test_an_address_out_of_sight_is_refused_without_a_name(
    branches: Branches, *, shared: bool
) -> None:
    taken = {"kind": "phone", "value": NUMBER, "shared": shared}
    path = f"/customers/{branches.seen}/identities"
    status, answer = await branches.client.ask("POST", path, taken)
    assert (status, answer["code"]) == (409, "identity.taken")
    assert branches.hidden not in str(answer)
    status, answer = await branches.client.ask(
        "POST", "/customers", {"name": "New", "identities": [taken]}
    )
    assert status == 409
    assert branches.hidden not in str(answer)


async def test_a_new_customer_belongs_to_the_branch_of_who_makes_them(branches: Branches) -> None:
    status, made = await branches.client.ask("POST", "/customers", {"name": "New"})
    assert (status, made["branch_id"]) == (201, "team")
    for branch_id in ("south", ""):
        status, answer = await branches.client.ask(
            "POST", "/customers", {"name": "New", "branch_id": branch_id}
        )
        assert (status, answer["code"]) == (403, "customer.other_branch")


async def test_supervisors_give_a_customer_to_another_branch(branches: Branches) -> None:
    path = f"/customers/{branches.seen}"
    ask = branches.client.ask
    assert (await ask("PATCH", path, {"branch_id": "south"}))[0] == 403
    assert (await ask("PATCH", path, {"branch_id": ""}, who="supervisor"))[0] == 403
    assert (await ask("PATCH", path, {"branch_id": "nowhere"}, who="supervisor"))[0] == 422
    status, shown = await ask("PATCH", path, {"branch_id": "south"}, who="supervisor")
    assert (status, shown["branch_id"]) == (200, "south")
    assert (await ask("GET", path, who="supervisor"))[0] == 404


async def test_a_list_goes_on_where_it_stopped(branches: Branches) -> None:
    for number in range(5):
        await make_customer(branches.client, name=f"C{number}")
        await branches.client.ask("POST", "/customers", {"name": "x"}, who="outsider")
    names: list[str] = []
    after = ""
    while True:
        _, page = await branches.client.ask("GET", f"/customers?limit=2&after={after}")
        names += [row["name"] for row in page["items"]]
        after = page["after"]
        if not after:
            break
    assert names == ["x", "C4", "x", "C3", "x", "C2", "x", "C1", "x", "C0", "Near By"]


async def test_search_passes_over_who_is_out_of_sight(branches: Branches) -> None:
    await make_customer(branches.client, name="Lily One")

    def crowd(tx: Tx, _: None) -> None:
        """More hits than are looked at in one round, all of another branch."""
        rows = [
            {
                "id": f"crowd-{number}",
                "kind": "person",
                "name": f"Lily {number}",
                "tier": "standard",
                "tier_source": "default",
                "tier_set_at": tx.now,
                "source": "import",
                "branch_id": "south",
                "created_at": tx.now,
                "updated_at": tx.now,
                "version": 1,
            }
            for number in range(250)
        ]
        tx.execute(insert(customers), rows)
        index_customers(tx, [str(row["id"]) for row in rows])

    await branches.house.store.write(crowd, None)
    _, page = await branches.client.ask("GET", "/customers?q=Lily")
    assert [row["name"] for row in page["items"]] == ["Lily One"]


async def test_the_newest_of_a_small_branch_are_ranges_of_an_index(
    sqlite_store: Store,
) -> None:
    """However many customers the other branches have, none of theirs is looked at."""

    def plan(tx: Tx, plans: list[str]) -> str:
        scope = Scope("me", everything=False, branches=frozenset({"team", "west"}), more=false())
        reader = Reader(Role.AGENT, "en", True, str)
        find_customers(cast(Tx, Planning(tx, plans)), FindCustomers(reader, scope, "", "CN", 10))
        return "\n".join(plans)

    said = await sqlite_store.read(plan, [])
    assert "SCAN customers" not in said
    assert said.count("ix_customers_branch_listed (branch_id=?)") == 3  # none, and two of one's own
    assert said.count("ix_customers_owner (owner_id=?)") == 1


@pytest.mark.parametrize(("region", "number"), [("HK", "+85221234567"), (None, "+862121234567")])
async def test_a_number_is_read_where_the_branch_is(
    branches: Branches, region: str | None, number: str
) -> None:
    """Typed without a country code; without a region of its own the branch is at home."""

    def move(tx: Tx, _: None) -> None:
        tx.execute(update(teams).where(teams.c.id == "team").values(region=region))

    await branches.house.store.write(move, None)
    typed = "21234567" if region else "02121234567"
    made = await make_customer(
        branches.client, name="Local", identities=[{"kind": "phone", "value": typed}]
    )
    _, page = await branches.client.ask("GET", f"/customers?q={number.replace('+', '%2B')}")
    assert [row["id"] for row in page["items"]] == [made["id"]]
    _, page = await branches.client.ask("GET", f"/customers?q={typed}")
    assert made["id"] in [row["id"] for row in page["items"]]


async def test_who_is_split_off_stays_in_the_branch(branches: Branches) -> None:
    await branches.become(branch_id="team")
    path = f"/customers/{branches.hidden}"
    mail = {"kind": "email", "value": "other@example.test"}
    _, added = await branches.client.ask("POST", f"{path}/identities", mail)
    body = {"identity_ids": [added["id"]], "reason": "another's", "name": "Bob"}
    status, made = await branches.client.ask("POST", f"{path}/split", body, who="supervisor")
    assert (status, made["branch_id"]) == (200, "team")
