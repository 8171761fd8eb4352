"""Visits with a window: missed ones escalate, and the customer is told, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.commitments.due import fire_due
from hub.contacts.commitments.tables import commitments
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points, interactions
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.model import IdentityKind
from hub.customers.settings import (
    Commitments,
    CustomerSettings,
    TemplateWords,
    save_customer_settings,
)
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.clock import NOON, ManualClock

from .office import DAY, Office

HOUR = timedelta(hours=1)


def a_repair(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "repair",
        "text": "seal of the boiler",
        "window_from": (NOON + DAY).isoformat(),
        "window_until": (NOON + DAY + 2 * HOUR).isoformat(),
        "skill_id": "boiler",
    } | changes


async def sent(office: Office) -> list[dict[str, Any]]:
    """Return the effects of notices about promises, as they go out."""

    def read(tx: Tx, _: None) -> list[dict[str, Any]]:
        where = outbox.c.dedupe_key.like("commitment:%")
        rows = tx.execute(select(outbox.c.effect).where(where).order_by(outbox.c.id))
        return [json.loads(text) for text in rows.scalars()]

    return await office.store.read(read, None)


async def test_a_repair_is_due_at_the_end_of_its_window(office: Office) -> None:
    made = await office.promise(owner_id=office.id("technician"), **a_repair())
    assert made["due_at"] == made["window_until"] == "2026-03-11T14:00:00Z"
    assert made["tell_customer"] == "late"
    status, problem = await office.ask(
        "PATCH", f"/commitments/{made['id']}", {"due_at": (NOON + 3 * DAY).isoformat()}
    )
    assert (status, problem["field"]) == (422, "due_at")


async def test_a_missed_window_is_escalated_and_the_customer_told_once(
    office: Office, clock: ManualClock
) -> None:
    made = await office.promise(owner_id=office.id("technician"), **a_repair())
    clock.advance((DAY + 2 * HOUR).total_seconds() - 1)
    await office.fire()
    assert await sent(office) == []
    clock.advance(1)
    assert [await office.fire() for _ in range(2)] == [1, 0]
    row = await office.row(made["id"])
    assert (row.state, row.escalated_at, row.told_customer_at) == (
        "broken",
        clock.now(),
        clock.now(),
    )
    [mail] = await sent(office)
    assert mail["to"] == ["ann@example.test"]
    assert mail["automatic"] is True
    assert "周三20:00–22:00" in mail["text"]  # in Shanghai
    assert "seal" not in mail["text"]
    assert (await office.entries(made["id"]))[0][0] == "told"


async def test_another_window_missed_again_is_other_news(
    office: Office, clock: ManualClock
) -> None:
    made = await office.promise(owner_id=office.id("technician"), **a_repair())
    clock.advance((DAY + 2 * HOUR).total_seconds())
    await office.fire()
    new = {
        "window_from": (NOON + 2 * DAY).isoformat(),
        "window_until": (NOON + 2 * DAY + HOUR).isoformat(),
    }
    changed = await office.done("PATCH", f"/commitments/{made['id']}", {"visit": new})
    assert (changed["state"], changed["escalated_at"]) == ("open", None)
    clock.advance(DAY.total_seconds())
    await office.fire()
    assert len(await sent(office)) == 2


async def test_the_customer_is_told_when_it_is_done(office: Office) -> None:
    made = await office.promise(tell_customer="done", kind="callback")
    await office.done("POST", f"/commitments/{made['id']}/done", {"outcome": "internal words"})
    [mail] = await sent(office)
    assert "回电已经完成" in mail["text"]
    assert "internal" not in mail["text"]
    silent = await office.promise(kind="callback", sender="bob@example.test")
    await office.done("POST", f"/commitments/{silent['id']}/done", {})
    assert len(await sent(office)) == 1


async def test_the_customer_is_told_in_the_words_of_the_set_up(office: Office) -> None:
    words = {"commitment_done": {"zh-CN": TemplateWords(body="{what}好了，王师傅敬上。")}}
    await office.store.write(save_customer_settings, CustomerSettings(templates=words))
    made = await office.promise(tell_customer="done", kind="callback")
    await office.done("POST", f"/commitments/{made['id']}/done", {})
    [mail] = await sent(office)
    assert mail["text"] == "回电好了，王师傅敬上。"


async def test_the_set_up_says_of_which_kinds_customers_are_told(office: Office) -> None:
    rules = Commitments(tell_customer={"callback": "done", "repair": "no"})
    await office.store.write(save_customer_settings, CustomerSettings(commitments=rules))
    call = await office.promise(kind="callback")
    repair = await office.promise(sender="bob@example.test", **a_repair())
    visit = await office.promise(sender="eve@example.test", **a_repair(kind="visit"))
    told = [one["tell_customer"] for one in (call, repair, visit)]
    assert told == ["done", "no", "late"]
    chosen = await office.promise(kind="callback", tell_customer="no", sender="d@example.test")
    assert chosen["tell_customer"] == "no"


async def test_who_was_promised_it_on_the_phone_is_written_to_by_mail(office: Office) -> None:
    contact_id = await office.house.receive("", "13800138000", Channel.PHONE)
    customer_id = await office.house.customer_of(contact_id)
    address = NewAddress(IdentityKind.EMAIL, "caller@example.test")
    await office.store.write(add_identity, AddIdentity(SYSTEM, customer_id, address, "CN"))
    made = await office.promise(contact_id=contact_id, tell_customer="done")
    await office.done("POST", f"/commitments/{made['id']}/done", {})
    [mail] = await sent(office)
    assert mail["to"] == ["caller@example.test"]


async def test_whom_nothing_reaches_is_not_told_and_the_record_says_so(office: Office) -> None:
    contact_id = await office.house.receive("", "13800138000", Channel.PHONE)
    made = await office.promise(contact_id=contact_id, tell_customer="done")
    await office.done("POST", f"/commitments/{made['id']}/done", {})
    assert await sent(office) == []
    assert await office.entries(made["id"]) == [("done", ""), ("not_told", "done")]
    assert (await office.row(made["id"])).told_customer_at is None


async def test_in_a_chat_the_entry_itself_is_the_news(office: Office) -> None:
    contact_id = await office.house.receive("hi", "visitor-1", Channel.WEBCHAT)
    made = await office.promise(contact_id=contact_id, tell_customer="done")
    await office.done("POST", f"/commitments/{made['id']}/done", {})
    assert await sent(office) == []

    def read(tx: Tx, _: None) -> Any:
        own = select(interactions).where(interactions.c.direction == "out")
        return tx.execute(own).one()

    entry = await office.store.read(read, None)
    assert (entry.delivery, entry.contact_id) == ("sent", contact_id)
    assert entry.meta["commitment_id"] == made["id"]


async def test_a_mailbox_that_is_no_more_is_not_written_from(
    office: Office, clock: ManualClock
) -> None:
    made = await office.promise(tell_customer="done")

    def retire(tx: Tx, _: None) -> None:
        tx.execute(update(entry_points).values(retired=True))

    await office.store.write(retire, None)
    await office.done("POST", f"/commitments/{made['id']}/done", {})
    assert (await office.entries(made["id"]))[-1] == ("not_told", "done")


async def test_many_missed_windows_cost_as_much_as_one(office: Office, clock: ManualClock) -> None:
    async def missed(count: int, prefix: str) -> int:
        for number in range(count):
            await office.promise(
                sender=f"{prefix}{number}@example.test", owner_team="field", **a_repair()
            )
        await office.store.write(_due_now, None)

        def fire(tx: Tx, _: None) -> int:
            statements: list[str] = []
            connection = tx._connection
            event.listen(
                connection, "before_cursor_execute", lambda *args: statements.append(args[2])
            )
            assert fire_due(tx, tx.now, 100, care.home_zone) == count
            return len(statements)

        return await office.store.write(fire, None)

    assert await missed(1, "one") == await missed(7, "many")


def _due_now(tx: Tx, _: None) -> None:
    tx.execute(
        update(commitments)
        .where(commitments.c.state == "open")
        .values(due_at=tx.now, reminded_at=tx.now)
    )


async def test_a_window_is_of_a_visit_has_two_ends_and_lies_ahead(office: Office) -> None:
    contact_id = await office.house.receive("hello")
    path = f"/contacts/{contact_id}/commitments"
    wrong = [
        a_repair(kind="callback"),
        a_repair(window_from=None),
        a_repair(window_until=(NOON + DAY - HOUR).isoformat()),
        a_repair(window_from=(NOON - DAY).isoformat(), window_until=(NOON - HOUR).isoformat()),
        {"kind": "callback", "text": "x", "due_at": (NOON + DAY).isoformat(), "skill_id": "boiler"},
        {"kind": "callback", "text": "x"},
    ]
    for body in wrong:
        assert (await office.ask("POST", path, body))[0] == 422, body
