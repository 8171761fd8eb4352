"""The side panel of the set-up: who sets it, what is refused, and what an agent gets of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.contacts.panel.model import SECTIONS
from hub.contacts.tables import contacts
from hub.customers.addresses import attach_address
from hub.customers.model import IdentityKind
from hub.customers.normalise import Address
from hub.customers.tables import customers, identities
from hub.setup.check import check_setup
from hub.setup.files import export_setup
from hub.storage import Tx
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .conftest import shown

CRM = {
    "key": "crm",
    "zh": "客户系统",
    "en": "CRM",
    "url": "https://crm.example.com/c/{customer.key.shop}?by={agent.name}&mail={customer.email}",
}
CALLS = {"key": "calls", "zh": "通话", "en": "Calls", "url": "https://pbx.test/?n={customer.phone}"}


async def change(admin: Person, panel: dict[str, Any]) -> tuple[int, Any]:
    now = await shown(admin)
    body = {"base": now["version"]["id"], "setup": {**now["setup"], "side_panel": panel}}
    return await admin.ask("PUT", "/setup/document", body)


async def sections(person: Person) -> list[str]:
    _, setup = await person.ask("GET", "/setup")
    listed: list[str] = setup["panel"]
    return listed


def know(tx: Tx, asked: tuple[str, str, str]) -> str:
    """Teach the hub an address of the customer of a contact; return the customer's id."""
    contact_id, kind, value = asked
    found = select(identities.c.customer_id).join(
        contacts, contacts.c.identity_id == identities.c.id
    )
    customer_id = str(tx.execute(found.where(contacts.c.id == contact_id)).scalar_one())
    attach_address(tx, customer_id, Address(IdentityKind(kind), value, value), None, "manual")
    return customer_id


async def test_the_order_holds_for_every_console_and_is_taken_back(
    house: Place, admin: Person
) -> None:
    li = await house.hire("li", Role.AGENT, "front")
    usual = [one for one in SECTIONS if one != "links"]  # of which there are none
    assert await sections(li) == usual
    status, done = await change(admin, {"order": ["recent", "contact"], "hidden": ["facts"]})
    assert status == 200
    assert 'side_panel.hidden: [] → ["facts"]' in done["changes"]["changed"]
    rest = [one for one in usual if one not in ("recent", "contact", "facts")]
    assert await sections(li) == ["recent", "contact", *rest]
    _, back = await admin.ask("POST", "/setup/versions/1/restore", {"base": 2})
    assert back["version"]["source"] == "restored"
    assert await sections(li) == usual


async def test_an_exported_file_has_the_panel_and_reads_as_the_same(
    house: Place, admin: Person
) -> None:
    assert (await change(admin, {"order": ["recent"], "links": [CRM]}))[0] == 200
    _, text = await house.hub.store.read(export_setup, {})
    read = check_setup(text).side_panel
    assert (read.order, read.links[0].url) == (["recent"], CRM["url"])


async def test_mistakes_are_told_at_their_fields_and_nothing_changes(
    house: Place, admin: Person
) -> None:
    links = [
        {**CRM, "url": "https://{customer.name}.evil.test/"},
        {**CRM, "key": "b", "url": "javascript:alert(1)", "channels": ["pigeon"]},
        {**CRM, "key": "b", "url": "https://crm.test/{customer.shoe}", "queues": ["nowhere"]},
    ]
    status, problem = await change(admin, {"order": ["recent", "recent"], "links": links})
    assert status == 422
    assert {one["path"] for one in problem["problems"]} == {
        "side_panel.order",
        "side_panel.links[2].key",
        "side_panel.links[0].url",
        "side_panel.links[1].url",
        "side_panel.links[1].channels",
        "side_panel.links[2].url",
        "side_panel.links[2].queues",
    }
    status, problem = await change(admin, {"order": ["weather"]})
    assert (status, problem["problems"][0]["path"]) == (422, "side_panel.order[0]")
    assert (await shown(admin))["version"]["id"] == 1
    boss = await house.hire("boss", Role.SUPERVISOR, "front")
    assert (await change_as(boss, admin))[0] == 403


async def change_as(person: Person, admin: Person) -> tuple[int, Any]:
    now = await shown(admin)
    body = {"base": now["version"]["id"], "setup": now["setup"]}
    return await person.ask("PUT", "/setup/document", body)


async def test_a_link_is_filled_in_or_says_what_it_lacks(house: Place, admin: Person) -> None:
    only_phone = {**CALLS, "key": "phone-only", "channels": ["phone"]}
    assert (await change(admin, {"links": [CRM, CALLS, only_phone]}))[0] == 200
    li = await house.hire("li", Role.AGENT, "front")
    assert "links" in await sections(li)
    contact = str((await house.write_in("Hello", "support-mail", "a&b@example.test")).contact_id)
    path = f"/contacts/{contact}/panel-links"
    _, page = await li.ask("GET", path)
    assert [(one["key"], one["url"], one["lacks"]) for one in page["items"]] == [
        ("crm", None, ["customer.key.shop"]),
        ("calls", None, ["customer.phone"]),
    ]
    status, problem = await li.ask("POST", f"{path}/calls/open")
    assert (status, problem["code"]) == (409, "panel.unfilled")
    await house.hub.store.write(know, (contact, "external", "shop:C/7"))
    _, page = await li.ask("GET", path)
    filled = "https://crm.example.com/c/C%2F7?by=Li&mail=a%26b%40example.test"
    assert page["items"][0]["url"] == filled
    stranger = await house.hire("stranger", Role.SUPERVISOR)
    assert (await stranger.ask("GET", path))[0] == 404
    assert (await li.ask("POST", f"{path}/phone-only/open"))[0] == 404


async def test_a_masked_number_is_in_a_link_only_once_it_is_opened_and_that_is_written_down(
    house: Place, admin: Person
) -> None:
    assert (await change(admin, {"links": [CALLS]}))[0] == 200
    li = await house.hire("li", Role.AGENT, "front")
    contact = str((await house.write_in("Hello", "support-mail", "chen@example.test")).contact_id)
    customer = await house.hub.store.write(know, (contact, "phone", "+8613800138000"))
    path = f"/contacts/{contact}/panel-links"
    _, page = await li.ask("GET", path)
    assert "138" not in str(page)
    assert (page["items"][0]["url"], page["items"][0]["reveals"]) == (None, True)
    assert await revealed(house) == []
    leads = "https://pbx.test/?n=%2B8613800138000"
    assert await li.ask("POST", f"{path}/calls/open") == (200, {"url": leads})
    assert await revealed(house) == [(li.view.id, customer)]
    _, page = await admin.ask("GET", path)
    assert page["items"][0]["url"] == leads
    assert (await admin.ask("POST", f"{path}/calls/open"))[0] == 200
    assert len(await revealed(house)) == 1  # who sees the number anyway reveals nothing


async def test_what_is_revealed_is_the_phone_number_and_not_the_fax_of_the_same_digits(
    house: Place, admin: Person
) -> None:
    assert (await change(admin, {"links": [CALLS]}))[0] == 200
    li = await house.hire("li", Role.AGENT, "front")
    contact = str((await house.write_in("Hello", "support-mail", "chen@example.test")).contact_id)
    for kind in ("fax", "phone", "fax"):
        await house.hub.store.write(know, (contact, kind, "+8613800138000"))
    assert (await li.ask("POST", f"/contacts/{contact}/panel-links/calls/open"))[0] == 200

    def kinds(tx: Tx, _: None) -> list[str]:
        lines = select(audit_log.c.detail).where(audit_log.c.action == "customer.reveal")
        shown = [one["identity_id"] for one in tx.execute(lines).scalars()]
        return list(
            tx.execute(select(identities.c.kind).where(identities.c.id.in_(shown))).scalars()
        )

    assert await house.hub.store.read(kinds, None) == ["phone"]


async def revealed(house: Place) -> list[tuple[str, str]]:
    """Who had which customer's number revealed."""

    def read(tx: Tx, _: None) -> list[tuple[str, str]]:
        found = select(audit_log).where(audit_log.c.action == "customer.reveal")
        return [(row.actor_id, row.object_id) for row in tx.execute(found)]

    return await house.hub.store.read(read, None)


async def test_an_admin_tries_links_of_a_draft_with_a_customer(house: Place, admin: Person) -> None:
    contact = str((await house.write_in("Hello", "support-mail", "chen@example.test")).contact_id)
    customer = await house.hub.store.write(know, (contact, "phone", "+8613800138000"))

    def name(tx: Tx, _: None) -> None:
        tx.execute(customers.update().where(customers.c.id == customer).values(name="陈"))

    await house.hub.store.write(name, None)
    draft = [
        {"key": "a", "url": "https://crm.test/{customer.name}/{contact.id}"},
        {"key": "b", "url": "https://{customer.name}/"},
        {"key": "c", "url": "https://crm.test/{order.key}"},
    ]
    body = {"customer_id": customer, "links": draft}
    status, page = await admin.ask("POST", "/setup/panel/try", body)
    assert status == 200
    assert page["items"] == [
        {"key": "a", "url": f"https://crm.test/%E9%99%88/{contact}", "lacks": []},
        {"key": "b", "url": None, "lacks": []},
        {"key": "c", "url": None, "lacks": ["order.key"]},
    ]
    lost = {**body, "customer_id": "nobody"}
    assert (await admin.ask("POST", "/setup/panel/try", lost))[0] == 404
    boss = await house.hire("boss", Role.SUPERVISOR, "front")
    assert (await boss.ask("POST", "/setup/panel/try", body))[0] == 403
