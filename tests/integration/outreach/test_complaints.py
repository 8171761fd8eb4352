"""While a complaint is open nothing is sold to its customer; they are served all the same."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.contacts.complaints.service import (
    OPEN_COMPLAINT,
    CloseComplaint,
    OpenComplaint,
    close_complaint,
    customers_complaining,
    list_complaints,
    open_complaint,
)
from hub.contacts.inbound import SurveyAnswer
from hub.contacts.tables import reasons
from hub.core.errors import Conflict, Invalid
from hub.customers.consent.model import Purpose
from hub.customers.rules.features import load_features
from hub.customers.rules.model import check_rule
from hub.customers.rules.where import to_where
from hub.customers.settings import (
    CustomerSettings,
    Outreach,
    load_customer_settings,
    save_customer_settings,
)
from hub.customers.tables import customers
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, close
from hub.desk.permits import SERVICE, OwnAccord
from hub.intake.report import report
from hub.storage import Tx
from hub.testing.center import give_to_agent

from .build import House
from .test_paths import refused


async def complains(house: House, reason: str = "It came broken.") -> str:
    cmd = OpenComplaint(SYSTEM, reason, customer_id=house.chen)
    return await house.store.write(open_complaint, cmd)


async def open_ones(house: House) -> list[Any]:
    lines = await house.store.read(list_complaints, house.chen)
    return [line for line in lines if line.closed_at is None]


async def test_nothing_is_sold_until_it_is_closed(house: House) -> None:
    complaint = await complains(house)
    assert await refused(house.begins()) == "outreach.complaint"
    await house.begins(SERVICE)
    end = CloseComplaint(SYSTEM, complaint, True, "Sent a new one.")
    await house.store.write(close_complaint, end)
    await house.sells()
    assert await refused(house.store.write(close_complaint, end)) == "complaint.closed"


async def test_what_was_on_its_way_is_taken_back(house: House) -> None:
    await house.sells()
    await complains(house)
    assert await house.sent() == []
    [kept] = await house.outreach()
    assert (kept.outcome, kept.reason) == ("refused", "complaint")


async def test_a_supervisor_may_set_it_aside(house: House) -> None:
    await complains(house)
    await house.sells(OwnAccord(Purpose.MARKETING, override="They asked for the price."))
    [kept] = await house.outreach()
    assert (kept.reason, kept.override_reason) == ("complaint", "They asked for the price.")


async def test_a_reason_of_the_set_up_opens_one(house: House) -> None:
    def flag(tx: Tx, _: None) -> None:
        tx.execute(update(reasons).values(complaint=True))

    await house.store.write(flag, None)
    contact_id = await house.mail("It is broken!")
    await house.store.write(give_to_agent, (contact_id, house.ann))
    said = Disposition("repair", "solved")
    handle = Handle(contact_id, house.ann, house.ann, "Ann")
    await house.store.write(close, Close(handle, said))
    [line] = await open_ones(house)
    assert (line.source, line.contact_id, line.opened_by_name) == (
        "disposition",
        contact_id,
        "Ann",
    )


@pytest.mark.parametrize(("on", "score", "opens"), [(True, 2, 1), (True, 3, 0), (False, 1, 0)])
async def test_a_low_score_opens_one_where_it_is_set(
    house: House, on: bool, score: int, opens: int
) -> None:
    def apply(tx: Tx, _: None) -> None:
        rules = Outreach(low_score_is_complaint=on)
        save_customer_settings(tx, CustomerSettings(outreach=rules))
        assert load_customer_settings(tx).surveys.low_score == 2

    await house.store.write(apply, None)
    contact_id = await house.mail()
    for _ in range(2):  # the same answer twice opens one
        answer = SurveyAnswer(contact_id, score, "bad", house.centre.clock.now())
        await house.store.write(report, answer)
    assert len(await open_ones(house)) == opens


async def test_one_of_the_same_contact_is_opened_once(house: House) -> None:
    contact_id = await house.mail()
    cmd = OpenComplaint(SYSTEM, "broken", contact_id=contact_id)
    first = await house.store.write(open_complaint, cmd)
    assert await house.store.write(open_complaint, cmd) == first
    with pytest.raises(Invalid):
        await house.store.write(open_complaint, OpenComplaint(SYSTEM, " ", contact_id=contact_id))


async def test_rules_may_ask_for_it(house: House) -> None:
    rule = check_rule({"field": "open_complaint", "is": True})
    assert not isinstance(rule, list)

    def found(tx: Tx, _: None) -> tuple[list[str], bool | None, frozenset[str]]:
        where = to_where(rule, tx.now, OPEN_COMPLAINT.sql)
        ids = list(tx.execute(select(customers.c.id).where(where)).scalars())
        features = load_features(tx, [house.chen], [OPEN_COMPLAINT])[house.chen]
        return ids, features.open_complaint, customers_complaining(tx, [house.chen])

    assert await house.store.read(found, None) == ([], False, frozenset())
    await complains(house)
    assert await house.store.read(found, None) == (
        [house.chen],
        True,
        frozenset({house.chen}),
    )


async def test_two_who_close_it_at_once_close_it_once(house: House) -> None:
    complaint = await complains(house)
    end = CloseComplaint(SYSTEM, complaint, False, "Was none.")
    await house.store.write(close_complaint, end)
    with pytest.raises(Conflict):
        await house.store.write(close_complaint, end)
