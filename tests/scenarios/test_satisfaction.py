"""The people's problem: somebody is dissatisfied, and nobody does anything about it."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from re import search

from aiohttp import ClientSession
from sqlalchemy import select

from hub.contacts.commitments.tables import commitments
from hub.customers.settings import CustomerSettings, Outreach, Surveys, save_customer_settings
from hub.storage import Tx

from .stage import Stage, one_offer, settled
from .test_commitments import codes, console_of, hired

MINUTE = timedelta(minutes=1)


def _ask_by_mail(tx: Tx, _: None) -> None:
    """At any hour at which these tests are run."""
    never = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
    save_customer_settings(
        tx, CustomerSettings(outreach=never, surveys=Surveys(by_mail=True), zone="UTC")
    )


async def survey_link(stage: Stage) -> str:
    """Return the link of the mail that asks how it was."""
    found: list[str] = []

    async def asked() -> bool:
        for mail in stage.mails.mails:
            body = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
            link = body and search(r"https?://\S+/s/\S+", body.get_content())
            if link:
                found.append(link[0])
        return bool(found)

    await settled(asked)
    return found[0]


async def test_satisfaction_1_opens_recovery_within_a_minute(stage: Stage) -> None:
    """The mail was answered; the customer says 1 by the link; a supervisor has it at once."""
    await stage.hub.store.write(_ask_by_mail, None)
    chief = await hired(stage, "Sun", "supervisor")
    async with stage.console("Li") as agent, console_of(chief) as above:
        await stage.mail("洗衣机还是漏水，你们修了三次！")
        contact_id = await agent.accept(await one_offer(agent))
        await agent.reply(contact_id, "我们再派人来。")
        await agent.close(contact_id, "repair", "solved")
        link = await survey_link(stage)
        async with ClientSession() as session:
            async with session.get(link) as page:
                assert page.status == 200
                assert "您对我们的服务满意吗" in await page.text()
            said = {"score": "1", "comment": "三次都没修好"}
            before = stage.hub.clock.now()
            async with session.post(link, data=said) as page:
                assert page.status == 200
            async with session.post(link, data=said) as page:
                assert page.status == 410  # pressed twice: once counts
        await above.until(lambda: "recovery_given" in codes(above))
        assert "recovery_given" not in codes(agent)

    def jobs(tx: Tx, _: None) -> list[object]:
        found = select(commitments).where(commitments.c.kind == "recovery")
        return list(tx.execute(found).all())

    [job] = await stage.hub.store.read(jobs, None)
    assert job.contact_id == contact_id  # type: ignore[attr-defined] # a row
    assert job.owner_id == chief.id  # type: ignore[attr-defined] # a row
    assert job.text == "1 / 5"  # type: ignore[attr-defined] # a row
    assert job.made_at - before < MINUTE  # type: ignore[attr-defined] # a row
