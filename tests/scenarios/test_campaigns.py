"""A campaign from the list to the results: a whole hub, real mail, real HTTP, its own timers."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

from aiohttp import ClientSession
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.campaigns.model import Arm, Text
from hub.campaigns.reads import get_campaign
from hub.campaigns.results import Found, results_of
from hub.campaigns.service import PutCampaign, StartCampaign, put_campaign, start_campaign
from hub.campaigns.tables import campaign_people
from hub.customers.access import Scope
from hub.customers.tables import customers
from hub.storage import Tx

from .stage import Stage, settled
from .test_consent import never_quiet

EVERYTHING = Scope("boss", True, frozenset(), customers.c.id.is_(None))
ARM = Arm("offer", 100, False, {"en": Text("Spring for {name}", "Dear {name},\n\nour offer.")})


async def runs(stage: Stage, key: str, ids: tuple[str, ...]) -> None:
    """Let the offer go out to these, the same brochure each time."""

    def begin(tx: Tx, _: None) -> None:
        ends = tx.now + timedelta(hours=1)
        draft = PutCampaign(
            SYSTEM, EVERYTHING, key, "春", "Spring", "marketing", "email", "mail", None, ids,
            "brochure-7", None, None, ends, 14, 100_000, (ARM,),
        )  # fmt: skip
        put_campaign(tx, draft)
        row = get_campaign(tx, key, for_change=True)
        start_campaign(tx, StartCampaign(SYSTEM, row, row.version))

    await stage.hub.store.write(begin, None)


async def people(stage: Stage, key: str) -> dict[str, Found]:
    """Return the people of a campaign as they are now."""

    def read(tx: Tx, _: None) -> dict[str, Found]:
        row = get_campaign(tx, key)
        found = select(campaign_people).where(campaign_people.c.campaign_id == row.id)
        return {one.customer_id: one for one in results_of(tx, row, tx.execute(found).all())}

    return await stage.hub.store.read(read, None)


async def test_a_campaign_reaches_each_once_and_knows_what_came_of_it(stage: Stage) -> None:
    await stage.hub.store.write(never_quiet, None)
    chen = await stage.known("Chen Li", "standard", email="chen@example.test")
    wang = await stage.known("Wang", "standard", email="wang@example.test")
    await runs(stage, "spring", (chen, wang))
    mails: dict[str, Message] = {}
    for sunk in await stage.mails.wait_for(2):
        mail = message_from_bytes(sunk.raw)
        mails[str(mail["To"])] = mail
    [to_chen] = [mail for to, mail in mails.items() if "chen@" in to]
    [to_wang] = [mail for to, mail in mails.items() if "wang@" in to]
    assert to_chen["Subject"] == "Spring for Chen Li"
    assert to_chen["Auto-Submitted"] is None
    links = [
        re.search(r"<(http[^>]+/u/[^>]+)>", one["List-Unsubscribe"]) for one in (to_chen, to_wang)
    ]
    assert links[0] is not None
    assert links[1] is not None
    assert links[0][1] != links[1][1]
    await stage.mail("Tell me more", subject="Re: Spring", In_Reply_To=str(to_chen["Message-ID"]))

    async def replied() -> bool:
        return (await people(stage, "spring"))[chen].replied_at is not None

    await settled(replied)
    assert (await people(stage, "spring"))[wang].replied_at is None
    async with ClientSession() as session, session.post(links[1][1], data={}) as done:
        assert done.status == 200
    await runs(stage, "again", (chen, wang))

    async def decided() -> bool:
        found = await people(stage, "again")
        return len(found) == 2 and all(one.state == "suppressed" for one in found.values())

    await settled(decided)
    again = await people(stage, "again")
    assert (again[chen].reason, again[wang].reason) == ("sent_before", "opted_out")
