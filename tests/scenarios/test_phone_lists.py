"""A list is called through the whole hub: previewed by key, dialled for a free agent, a machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.accounts.model import SYSTEM
from hub.agent_console.shapes import ContactRow
from hub.campaigns.model import State
from hub.contacts.inbound import IdentityKind
from hub.core.ids import new_id
from hub.customers.settings import CustomerSettings, Outreach, save_customer_settings
from hub.phone_lists.flight import add
from hub.phone_lists.reads import get_list
from hub.phone_lists.service import (
    ChangeState,
    PutList,
    StartList,
    put_list,
    start_list,
    stop_list,
)
from hub.storage import Tx
from hub.testing.twilio_simulator import Phone
from tests.integration.outreach.build import add_customer
from tests.integration.phone_lists.build import ALL, EVERYTHING
from tests.scenarios.test_phone_out import CHEN, Desk, a_desk


async def begin(desk: Desk, mode: str, answered: int = 0) -> None:
    """Chen is called by a list, at any hour, after so many answered calls."""
    await desk.hub.store.write(_any_hour, None)
    customer_id = await desk.hub.store.write(add_customer, ("Chen", [(IdentityKind.PHONE, CHEN)]))
    await desk.hub.store.write(_start, (customer_id, mode, answered))


def _any_hour(tx: Tx, _: None) -> None:
    rules = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
    save_customer_settings(tx, CustomerSettings(outreach=rules, zone="Asia/Shanghai"))


def _start(tx: Tx, asked: tuple[str, str, int]) -> None:
    customer_id, mode, answered = asked
    columns: dict[str, Any] = {
        "zh": "春季", "en": "Spring", "purpose": "marketing", "mode": mode, "material": None,
        "entry_point_id": "hotline", "queue_id": "support", "window_from": "00:00",
        "window_until": "23:59", "attempts": 3, "preview_s": 120, "abandon_permille": 30,
        "detects_machines": True, "script_zh": "问好。", "script_en": "Say hello.",
    }  # fmt: skip
    list_id = put_list(
        tx,
        PutList(
            SYSTEM, EVERYTHING, "spring", None, (customer_id,), None,
            tx.now + timedelta(days=3), {}, (1, 2, 3, 4, 5, 6, 7), ALL, columns,
        ),
    )  # fmt: skip
    before = [
        {
            "contact_id": new_id(), "list_id": list_id, "customer_id": "", "arm": "all",
            "identity_id": "", "by_itself": False, "dialled_at": tx.now, "answered_at": tx.now,
            "answered_by": "human", "joined_at": tx.now, "abandoned": False, "result": "reached",
        }
        for _ in range(answered)
    ]  # fmt: skip
    if before:
        add(tx, before)
    row = get_list(tx, "spring", for_change=True)
    start_list(tx, StartList(SYSTEM, row, row.version))


async def contact_where(desk: Desk, holds: Callable[[ContactRow], bool]) -> ContactRow:
    def found() -> list[ContactRow]:
        rows = desk.agent.contacts.values()
        return [row for row in rows if row.phone_list is not None and holds(row)]

    await desk.agent.until(lambda: bool(found()))
    return found()[0]


@pytest.fixture
async def desk(tmp_path: Path) -> Any:
    async with a_desk(tmp_path) as opened:
        yield opened


async def test_an_agent_reads_calls_by_a_key_and_says_what_came_of_it(desk: Desk) -> None:
    await begin(desk, "preview")
    await desk.agent.set_state("ready")
    await desk.agent.until(lambda: bool(desk.agent.offers))
    [offer] = desk.agent.offers.values()
    await desk.agent.accept(offer.id)
    reads = await contact_where(desk, lambda row: row.state == "connecting")
    assert reads.phone_list is not None
    assert (reads.phone_list.stage, reads.phone_list.script_en) == ("preview", "Say hello.")
    assert desk.dialled() == 0
    path = f"/contacts/{reads.id}/list-call"
    assert (await desk.ask("POST", f"{path}/dial", {}))[0] == 204
    await desk.until(reads.id, "active", "talking")
    assert desk.dialled() == 1
    await (await desk.provider.agent_leg(CHEN)).hang_up()
    await desk.until(reads.id, "wrap_up", "ended")
    status, refused = await desk.ask("POST", f"/contacts/{reads.id}/close", {"disposition": None})
    assert (status, refused["code"]) == (409, "phone_list.result_required")
    assert (await desk.ask("PUT", f"{path}/result", {"result": "interested"}))[0] == 204
    assert (await desk.ask("POST", f"/contacts/{reads.id}/close", {"disposition": None}))[0] == 204


async def test_a_free_agent_is_called_by_the_hub_and_sees_the_machine(desk: Desk) -> None:
    desk.provider.set_phone(CHEN, Phone("voicemail"))
    await begin(desk, "progressive", answered=40)
    await desk.agent.set_state("ready")
    talks = await contact_where(desk, lambda row: row.state == "active" and _who(row) == "machine")
    assert talks.call is not None
    assert talks.agent_id == desk.agent_id
    assert desk.dialled() == 1
    await desk.hub.store.write(_stop, None)
    assert (await desk.ask("POST", f"/contacts/{talks.id}/end"))[0] == 200
    path = f"/contacts/{talks.id}/list-call/result"
    assert (await desk.ask("PUT", path, {"result": "machine"}))[0] == 204


def _stop(tx: Tx, _: None) -> None:
    row = get_list(tx, "spring", for_change=True)
    assert row.state == State.RUNNING
    stop_list(tx, ChangeState(SYSTEM, row))


def _who(row: ContactRow) -> str | None:
    return None if row.phone_list is None else row.phone_list.answered_by
