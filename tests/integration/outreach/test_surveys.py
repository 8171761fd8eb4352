"""The way out by which customers are asked how it was, walked with one who has said stop."""

from __future__ import annotations

from hub.storage.outbox import outbox
from hub.testing.center import give_to_agent

from .build import MAIL, House


async def test_survey_by_mail(house: House) -> None:
    """A link in a mail, after what cannot be asked in its own channel."""
    await house.change_surveys(by_mail=True)
    for address in (MAIL, "li@example.test"):
        if address == MAIL:
            await house.stops()
        contact_id = await house.mail("Where is my order?", address)
        await house.store.write(give_to_agent, (contact_id, house.ann))
        await house.writes(contact_id, "On its way.")
        await house.closes(contact_id)
    asked = [row for row in await house.rows(outbox) if row.purpose == "survey"]
    assert [row.identity_id for row in asked] == [await house.identity("li@example.test")]
    kept = [(row.outcome, row.reason) for row in await house.outreach()]
    assert kept == [("refused", "opted_out"), ("sent", "allowed")]
