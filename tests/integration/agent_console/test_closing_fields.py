"""Closing with what the reason and the outcome ask for, over REST."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import update

from hub.contacts.closing import Choice, ClosingField, FieldKind
from hub.contacts.tables import outcomes, reasons
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.web import Role

from .conftest import Place
from .test_drafts import taken

AMOUNT = ClosingField(
    key="amount", zh="金额", en="Amount", kind=FieldKind.NUMBER, unit="CNY", least=0
)
CAUSE = ClosingField(
    key="cause",
    zh="原因",
    en="Cause",
    kind=FieldKind.CHOICE,
    choices=(Choice("wear", "磨损", "Wear"),),
)


def asks(tx: Tx, wanted: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    of_reason, of_outcome = wanted
    fields = (AMOUNT, CAUSE)
    save_settings(tx, msgspec.structs.replace(load_settings(tx), closing_fields=fields))
    tx.execute(update(reasons).where(reasons.c.id == "repair").values(asks=of_reason))
    tx.execute(update(outcomes).where(outcomes.c.id == "solved").values(asks=of_outcome))


async def test_a_contact_closes_when_what_is_asked_for_is_said_and_keeps_it(place: Place) -> None:
    need = [{"field": "amount", "required": True}]
    may = [{"field": "cause", "required": False}]
    await place.hub.store.write(asks, (need, may))
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with chen.console().signed_in() as agent:
        await taken(agent)
        path = f"/contacts/{contact}/close"
        said: dict[str, Any] = {"reason_id": "repair", "outcome_id": "solved"}
        for fields, word in (
            ({}, "Amount"),
            ({"amount": "a lot"}, "Amount"),
            ({"amount": -1}, "Amount"),
            ({"amount": 20, "cause": "magic"}, "Cause"),
        ):
            status, problem = await chen.ask(
                "POST", path, {"disposition": {**said, "fields": fields}}
            )
            assert (status, problem["code"]) == (422, "disposition.field")
            assert word in problem["detail"]
            assert problem["field"] == word.lower()
        kept = {"amount": "19.5", "cause": "wear", "never": "asked"}
        assert (await chen.ask("POST", path, {"disposition": {**said, "fields": kept}}))[0] < 300
        _, shown = await chen.ask("GET", f"/contacts/{contact}")
        assert shown["contact"]["state"] == "closed"
        assert shown["disposition"]["fields"] == {"amount": 19.5, "cause": "wear"}


async def test_a_note_a_next_action_a_product_and_a_commitment_can_be_asked_for(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    said: dict[str, Any] = {"reason_id": "repair", "outcome_id": "solved"}
    async with chen.console().signed_in() as agent:
        await taken(agent)
        for asked, enough in (
            ("note", {"note": "Done"}),
            ("next_action", {"next_action": "visit"}),
            ("product", None),
            ("commitment", None),
        ):
            await place.hub.store.write(asks, ([{"field": asked, "required": True}], []))
            short = {**said, "next_action": "none"}
            path = f"/contacts/{contact}/close"
            status, problem = await chen.ask("POST", path, {"disposition": short})
            assert (status, problem["code"], problem["field"]) == (422, "disposition.field", asked)
            if asked == "next_action":
                said |= {"next_action": "visit"}
            said |= {} if enough is None else enough
        await place.hub.store.write(asks, ([{"field": "note", "required": True}], []))
        assert (await chen.ask("POST", path, {"disposition": said}))[0] < 300


async def test_the_console_is_told_what_is_asked_for(place: Place) -> None:
    await place.hub.store.write(asks, ([{"field": "amount", "required": True}], []))
    chen = await place.hire("chen", Role.AGENT, "team")
    _, setup = await chen.ask("GET", "/setup")
    repair = next(one for one in setup["reasons"] if one["id"] == "repair")
    assert repair["asks"] == [{"field": "amount", "required": True}]
    assert "weixiu" in repair["words"]
    amount, cause = setup["closing_fields"]
    assert (amount["kind"], amount["unit"], amount["least"]) == ("number", "CNY", 0)
    assert cause["choices"] == [{"id": "wear", "zh": "磨损", "en": "Wear"}]
