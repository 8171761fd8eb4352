"""What happens while a console's desk is being read is shown, too: nobody could be told it yet."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hub.accounts.model import SYSTEM
from hub.agent_console.desk_reads import AskDesk, read_desk
from hub.agent_console.session import DeskView
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, create_customer
from hub.storage import Tx
from hub.web import Role

from .conftest import Place


async def test_what_changes_while_the_desk_is_read_is_shown(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is older than the change, and the console does not show the contact yet."""
    read, go_on = threading.Event(), threading.Event()

    def slowly(tx: Tx, ask: AskDesk) -> DeskView:
        view = read_desk(tx, ask)
        if view.offers and not read.is_set():
            read.set()
            go_on.wait(10)
        return view

    monkeypatch.setattr("hub.agent_console.ws.read_desk", slowly)
    person = await place.hire("chen", Role.AGENT, "team")
    async with person.console().signed_in() as agent:
        await agent.set_state("ready")
        await place.write_in("My fridge is warm")
        assert await asyncio.to_thread(read.wait)
        await place.write_in("And it leaks")
        await place.hub.store.read(lambda _, __: None, None)  # what was told before has been heard
        go_on.set()
        await agent.until(lambda: bool(agent.offers))
        await agent.until(
            lambda: [one.contact.preview for one in agent.offers.values()] == ["And it leaks"], 10
        )


async def test_who_comes_another_way_while_the_desk_is_read_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console does not show the customer yet, so nobody can name it then."""
    read, go_on = threading.Event(), threading.Event()
    addresses = (
        NewAddress(IdentityKind.VISITOR, "visitor-1"),
        NewAddress(IdentityKind.EMAIL, "chen@example.test"),
    )
    await place.hub.store.write(
        create_customer, CreateCustomer(SYSTEM, "CN", name="Chen", addresses=addresses)
    )

    def slowly(tx: Tx, ask: AskDesk) -> DeskView:
        view = read_desk(tx, ask)
        if view.offers and not read.is_set():
            read.set()
            go_on.wait(10)
        return view

    monkeypatch.setattr("hub.agent_console.ws.read_desk", slowly)
    person = await place.hire("chen", Role.AGENT, "team")
    async with person.console().signed_in() as agent:
        await agent.set_state("ready")
        await place.write_in("My fridge is warm")
        assert await asyncio.to_thread(read.wait)
        await place.write_in("By mail", "mail", "chen@example.test")
        await place.hub.store.read(lambda _, __: None, None)  # what was told before has been heard
        go_on.set()
        await agent.until(lambda: "others_changed" in [one.code for one in agent.notices])
