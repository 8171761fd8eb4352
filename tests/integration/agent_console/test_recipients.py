"""To whom an answer goes, asked over REST as a program does."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from hub.contacts.effects import Effect, Send
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.web import Role

from .conftest import Place

INJECTED = "wang@example.test\r\nBcc: everybody@example.test"


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
async def test_a_bad_recipient_of_an_answer_is_refused_by_its_field(
    place: Place, field: str
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello", "mail", "wang@example.test")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        await agent.until(lambda: bool(agent.offers))
        await agent.accept(next(iter(agent.offers)))
        path = f"/contacts/{receipt.contact_id}/reply"
        for bad in (
            [INJECTED],
            [f"Li <{INJECTED}>"],
            ["nobody"],
            ["Li <nobody>"],
            ["a@example.test"] * 51,
        ):
            body = {"client_id": "c1", "text": "Hello", field: bad}
            status, problem = await chen.ask("POST", path, body)
            assert (status, problem["field"]) == (422, field)
        good = {"client_id": "c1", "text": "Hello", field: ['"Li, Na" <li@example.test>']}
        assert (await chen.ask("POST", path, good))[0] == 200
        [outgoing] = await place.hub.store.read(_outgoing, None)
        assert getattr(outgoing, field) == ("li@example.test",)


async def test_a_chat_has_no_recipients(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    body = {"client_id": "c1", "text": "Hello", "to": ["a@example.test"]}
    status, problem = await chen.ask("POST", f"/contacts/{receipt.contact_id}/reply", body)
    assert (status, problem["code"]) == (422, "reply.no_recipients")


@pytest.mark.parametrize(
    "identities",
    [
        [{"kind": "email", "value": INJECTED}],
        [{"kind": "email", "value": "nobody"}],
        [{"kind": "phone", "value": "+8613800138000"}],
        [{"kind": "email", "value": f"a{number}@example.test"} for number in range(21)],
    ],
)
async def test_a_mail_does_not_begin_with_what_is_no_address(
    place: Place, identities: list[dict[str, str]]
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    body = {"channel": "email", "direction": "out", "identities": identities, "text": "Hello"}
    status, problem = await chen.ask("POST", "/contacts", body)
    assert (status, problem["field"]) == (422, "identities")
    assert (await chen.ask("GET", "/me/contacts"))[1]["items"] == []


def _outgoing(tx: Tx, _: None) -> list[Send]:
    effects = tx.execute(select(outbox.c.effect)).scalars()
    decoded = [msgspec.json.decode(effect, type=Effect) for effect in effects]
    return [effect for effect in decoded if isinstance(effect, Send)]
