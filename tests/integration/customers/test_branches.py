"""Who sees whose customers: role by branch by route. What one may not see is not there."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import false, insert, update

from hub import care
from hub.accounts.model import Actor
from hub.accounts.tables import teams
from hub.contacts.model import Channel
from hub.customers.access import Scope
from hub.customers.finding import FindCustomers, find_customers
from hub.customers.index import index_customers
from hub.customers.merge import MergeCustomers
from hub.customers.tables import customers, identity_claims
from hub.customers.views import Reader
from hub.storage import Store, Tx
from hub.web import Role
from tests.integration.sla.house import Planning

from .house import Client, House, open_house, serve

ROOT = Path(__file__).parents[3]
CANARY = "灯塔客户"
NUMBER = "13900139000"
DUE = "2026-04-01T00:00:00Z"


@dataclass
class Branches:
    """Two branches: "team", of agent and supervisor, and "south", which has `hidden`."""

    house: House
    client: Client
    hidden: str
    identity: str
    seen: str

    async def become(self, **columns: Any) -> None:
        """Change the hidden customer's row."""
        await self.house.store.write(_set_customer, (self.hidden, columns))

    async def asked(self, method: str, path: str, who: str) -> tuple[int, Any]:
        """Ask a route of the list below about the hidden customer."""
        fill = {"id": self.hidden, "identity": self.identity, "seen": self.seen}
        body = BODIES[method, path]
        if body is not None:
            body = {key: fill.get(str(value).strip("{}"), value) for key, value in body.items()}
        return await self.client.ask(method, path.format(**fill), body, who=who)

    async def sees(self, who: str = "agent") -> bool:
        status, _ = await self.client.ask("GET", f"/customers/{self.hidden}", who=who)
        assert status in (200, 404)
        return status == 200


def _set_customer(tx: Tx, asked: tuple[str, dict[str, Any]]) -> None:
    customer_id, columns = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(**columns))


def _branch(tx: Tx, _: None) -> None:
    tx.execute(update(teams).where(teams.c.id == "team").values(is_branch=True))
    tx.execute(
        insert(teams).values(id="south", zh="南方", en="South", retired=False, is_branch=True)
    )


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def _made(client: Client, **body: Any) -> Any:
    status, made = await client.ask("POST", "/customers", body, who="supervisor")
    assert status == 201, made
    return made


@pytest.fixture
async def branches(house: House, client: Client) -> Branches:
    await house.store.write(_branch, None)
    hidden = await _made(
        client, name=CANARY, identities=[{"kind": "phone", "value": NUMBER, "label": "手机"}]
    )
    seen = await _made(client, name="Near By")
    found = Branches(house, client, hidden["id"], hidden["identities"][0]["id"], seen["id"])
    await found.become(branch_id="south")
    return found


# Every route that is told a customer; a test below holds this list to the documented ones.
BODIES: dict[tuple[str, str], Any] = {
    ("GET", "/customers/{id}"): None,
    ("PATCH", "/customers/{id}"): {"name": "X"},
    ("POST", "/customers/{id}/identities"): {"kind": "email", "value": "x@example.test"},
    ("DELETE", "/customers/{id}/identities/{identity}"): None,
    ("POST", "/customers/{id}/identities/{identity}/reveal"): None,
    ("POST", "/customers/{id}/facts"): {"kind": "k", "text": "t"},
    ("DELETE", "/customers/{id}/facts/{identity}"): None,
    ("POST", "/customers/{id}/notes"): {"text": "t"},
    ("PUT", "/customers/{id}/persons/{seen}"): {"role": "r"},
    ("POST", "/customers/{id}/merge"): {"into_id": "{seen}", "reason": "same"},
    ("POST", "/customers/{id}/unmerge"): None,
    ("GET", "/customers/{id}/timeline"): None,
    ("GET", "/customers/{id}/contacts"): None,
    ("GET", "/customers/{id}/commitments"): None,
    ("POST", "/customers/{id}/commitments"): {
        "kind": "callback",
        "text": "t",
        "due_at": DUE,
    },
    ("GET", "/customers/{id}/consents"): None,
    ("PUT", "/customers/{id}/consents"): {"purpose": "marketing", "allowed": False},
    ("GET", "/customers/{id}/complaints"): None,
    ("POST", "/customers/{id}/complaints"): {"reason": "r"},
    # named in the query or in the body
    ("POST", "/outreach/check"): {
        "purpose": "marketing",
        "channel": "phone",
        "identity_id": "{identity}",
    },
    ("GET", "/commitments?customer={id}"): None,
    ("GET", "/callbacks?customer={id}"): None,
    ("POST", "/contacts"): {"channel": "phone", "direction": "out", "customer_id": "{id}"},
    ("POST", "/callbacks"): {"at": DUE, "identity_id": "{identity}"},
    # the other one of two
    ("PUT", "/customers/{seen}/persons/{id}"): {"role": "r"},
    ("POST", "/customers/{seen}/merge"): {"into_id": "{id}", "reason": "same"},
}


@pytest.mark.parametrize(("method", "path"), sorted(BODIES))
@pytest.mark.parametrize("who", ["agent", "supervisor", "outsider"])
async def test_what_another_branch_has_is_not_there(
    branches: Branches, method: str, path: str, who: str
) -> None:
    if who == "outsider" and ("{seen}/" in path or path in ("/contacts", "/callbacks")):
        pytest.skip("the outsider sees neither of two customers, and serves no line")
    status, answer = await branches.asked(method, path, who)
    if path.endswith("/unmerge") and who != "supervisor":
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


def test_no_route_that_is_told_a_customer_is_forgotten() -> None:
    """The list above against the documented routes, which a test keeps up to date."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    shapes = document["components"]["schemas"]
    told = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = json.dumps(operation.get("requestBody", {}))
            names = {one["name"] for one in operation.get("parameters", ())}
            names |= {
                field
                for name, shape in shapes.items()
                if f'/{name}"' in body
                for field in shape.get("properties", ())
            }
            if "{customer_id}" in path or names & {"customer", "customer_id", "identity_id"}:
                told.add((method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix("/api/v1"))))
    listed = {(method, re.sub(r"{\w+}", "{}", path.partition("?")[0])) for method, path in BODIES}
    assert told == listed


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
    firm = await _made(branches.client, name="Firm", kind="organisation")
    await branches.become(branch_id="team")
    role = {"role": "buyer"}
    path = f"/customers/{firm['id']}/persons/{branches.hidden}"
    assert (await branches.client.ask("PUT", path, role))[0] == 204

    def claim(tx: Tx, _: None) -> None:
        tx.execute(
            insert(identity_claims).values(
                id="claim",
                customer_id=firm["id"],
                identity_id=branches.identity,
                claimed_at=tx.now,
            )
        )

    await branches.house.store.write(claim, None)
    _, shown = await branches.client.ask("GET", f"/customers/{firm['id']}")
    assert [shown["persons"][0]["name"], shown["claims"][0]["name"]] == [CANARY, CANARY]
    await branches.become(branch_id="south")
    _, shown = await branches.client.ask("GET", f"/customers/{firm['id']}")
    assert (shown["persons"], shown["claims"]) == ([], [])
    assert CANARY not in str(shown)


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
        await _made(branches.client, name=f"C{number}")
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
    await _made(branches.client, name="Lily One")

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
    assert said.count("ix_customers_branch_newest (branch_id=?)") == 3  # none, and two of one's own
    assert said.count("ix_customers_owner (owner_id=?)") == 1
