"""Two branches and a customer of the other one, and every route that is told a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import insert, update

from hub.accounts.tables import teams
from hub.contacts.model import Channel
from hub.customers.tables import customers
from hub.storage import Tx
from hub.testing.center import give_to_agent

from .house import Client, House

CANARY = "灯塔客户"
NUMBER = "13900139000"
DUE = "2026-04-01T00:00:00Z"


@dataclass
class Branches:
    """Two branches: "team", of agent and supervisor, and "south", which has `hidden`."""

    # By what names routes are told a customer, and which of them are supervisors' alone.
    NAMES: ClassVar = {"customer", "customer_id", "customer_ids", "identity_id"}
    SUPERVISORS: ClassVar = (
        "/unmerge",
        "/split",
        "/value",
        "/people",
        "/campaigns/{seen}",
        "/phone-lists/{seen}",
        "/legal-hold",
    )

    # Not asked here: what is told a number of the customer whose contact it is, and refuses any
    # other (tests/integration/phone_lists), and what is admins' alone, who see everybody.
    ELSEWHERE: ClassVar = {("POST", "/contacts/{}/list-call/dial"), ("POST", "/setup/panel/try")}

    house: House
    client: Client
    hidden: str
    identity: str
    seen: str
    address: str  # of `seen`

    async def become(self, **columns: Any) -> None:
        """Change the hidden customer's row."""
        await self.house.store.write(_set_customer, (self.hidden, columns))

    async def asked(self, method: str, path: str, who: str) -> tuple[int, Any]:
        """Ask a route of the list below about the hidden customer."""
        fill = {
            "id": self.hidden,
            "identity": self.identity,
            "seen": self.seen,
            "address": self.address,
            "agent": self.house.agent.id or "",
        }
        if "{contact}" in path:
            fill["contact"] = await self._a_contact()
        body = BODIES[method, path]
        if body is not None:
            body = {key: filled(value, fill) for key, value in body.items()}
        return await self.client.ask(method, path.format(**fill), body, who=who)

    async def _a_contact(self) -> str:
        """A call from nobody of these, in the agent's hands."""
        contact_id = await self.house.receive("", "13700137000", Channel.PHONE)
        assert self.house.agent.id is not None
        await self.house.store.write(give_to_agent, (contact_id, self.house.agent.id))
        return contact_id

    async def sees(self, who: str = "agent") -> bool:
        status, _ = await self.client.ask("GET", f"/customers/{self.hidden}", who=who)
        assert status in (200, 404)
        return status == 200


def filled(value: Any, fill: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [filled(one, fill) for one in value]
    return fill.get(str(value).strip("{}"), value)


def _set_customer(tx: Tx, asked: tuple[str, dict[str, Any]]) -> None:
    customer_id, columns = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(**columns))


def make_branches(tx: Tx, _: None) -> None:
    tx.execute(update(teams).where(teams.c.id == "team").values(is_branch=True))
    tx.execute(
        insert(teams).values(id="south", zh="南方", en="South", retired=False, is_branch=True)
    )


# Every route that is told a customer; a test below holds this list to the documented ones.
BODIES: dict[tuple[str, str], Any] = {
    ("GET", "/customers/{id}"): None,
    ("PATCH", "/customers/{id}"): {"name": "X"},
    ("POST", "/customers/{id}/identities"): {"kind": "email", "value": "x@example.test"},
    ("DELETE", "/customers/{id}/identities/{identity}"): None,
    ("POST", "/customers/{id}/identities/{identity}/reveal"): None,
    ("GET", "/customers/{id}/page"): None,
    ("GET", "/customers/{id}/stream"): None,
    ("GET", "/customers/{id}/facts"): None,
    ("GET", "/customers/{id}/satisfaction"): None,
    ("POST", "/customers/{id}/facts"): {"kind": "k", "text": "t"},
    ("DELETE", "/customers/{id}/facts/{identity}"): None,
    ("POST", "/customers/{id}/notes"): {"text": "t"},
    ("PUT", "/customers/{id}/persons/{seen}"): {"role": "r"},
    ("POST", "/customers/{id}/merge"): {"into_id": "{seen}", "reason": "same"},
    ("POST", "/customers/{id}/unmerge"): None,
    ("POST", "/customers/{id}/erase"): None,
    ("GET", "/customers/{id}/legal-hold"): None,
    ("PUT", "/customers/{id}/legal-hold"): {"reason": "a dispute"},
    ("DELETE", "/customers/{id}/legal-hold"): None,
    ("POST", "/customers/{id}/split"): {"identity_ids": ["{identity}"], "reason": "another's"},
    ("GET", "/customers/{id}/merges"): None,
    ("GET", "/customers/{id}/candidates"): None,
    ("GET", "/customers/{id}/timeline"): None,
    ("GET", "/customers/{id}/owners"): None,
    ("GET", "/customers/{id}/allocations"): None,
    ("POST", "/customers/{id}/allocations"): {"to_id": "{agent}", "reason": "r"},
    ("GET", "/customers/{id}/plans"): None,
    ("PUT", "/customers/{id}/plans/{identity}/steps/{identity}"): {"done": True},
    ("GET", "/customers/{id}/lifecycle"): None,
    ("POST", "/customers/{id}/lifecycle"): {"axis": "stage", "to": "prospect", "reason": "r"},
    ("PUT", "/customers/{id}/referrer"): {"referrer_id": "{seen}"},
    ("PUT", "/customers/{seen}/referrer"): {"referrer_id": "{id}"},
    ("GET", "/customers/{id}/orders"): None,
    ("GET", "/customers/{id}/cases"): None,
    ("GET", "/customers/{id}/balance"): None,
    ("GET", "/customers/{id}/contacts"): None,
    ("POST", "/customers/{id}/entries"): {"kind": "visit", "text": "t"},
    ("GET", "/customers/{id}/commitments"): None,
    ("POST", "/customers/{id}/commitments"): {
        "kind": "callback",
        "text": "t",
        "due_at": DUE,
    },
    ("GET", "/customers/{id}/quotes"): None,
    ("GET", "/customers/{id}/value"): None,
    ("POST", "/customers/{id}/tier-objections"): {"text": "t"},
    ("GET", "/customers/{id}/people"): None,
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
    ("POST", "/contacts/{contact}/customer"): {"customer_id": "{id}"},
    ("POST", "/callbacks"): {"at": DUE, "identity_id": "{identity}"},
    ("PUT", "/campaigns/{seen}"): {
        "zh": "春",
        "en": "Spring",
        "entry_point_id": "mail",
        "ends_at": DUE,
        "customer_ids": ["{seen}", "{id}"],
        "arms": [{"key": "a", "share": 100, "texts": {"en": {"subject": "s", "text": "t"}}}],
    },
    ("PUT", "/phone-lists/{seen}"): {
        "zh": "春",
        "en": "Spring",
        "entry_point_id": "hotline",
        "queue_id": "support",
        "ends_at": DUE,
        "customer_ids": ["{seen}", "{id}"],
    },
    # the other one of two
    ("POST", "/customers/{seen}/split"): {
        "identity_ids": ["{address}"],
        "to_id": "{id}",
        "reason": "theirs",
    },
    ("PUT", "/customers/{seen}/persons/{id}"): {"role": "r"},
    ("POST", "/customers/{seen}/merge"): {"into_id": "{id}", "reason": "same"},
}


async def make_customer(client: Client, **body: Any) -> Any:
    status, made = await client.ask("POST", "/customers", body, who="supervisor")
    assert status == 201, made
    return made
