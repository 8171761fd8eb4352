"""In wrong, out right: the promise used up decides, over all channels."""

from __future__ import annotations

from .stage import Stage
from .way import offered_and_accepted


async def test_gold_standard_and_low_come_in_the_wrong_order_and_leave_in_the_right_one(
    stage: Stage,
) -> None:
    """Three channels: low mails first, nobody known (standard) chats, gold calls last; and once
    more within one channel: gold's mail is later than low's and leaves before it.
    """
    await stage.known("Low", "low", email="low@example.test")
    await stage.known("Gold", "gold", email="gold@example.test", phone="+8613800138000")
    async with stage.console("Li", ready=False) as agent, stage.chat() as page:
        await stage.mail("Where is my order?", "low@example.test")
        await page.hello(name="Standard")
        await page.write("A question from nobody we know.")
        await stage.mail("It is urgent.", "gold@example.test")
        await stage.call("+8613800138000")
        await stage.waited(4)
        waiting = await agent.call("GET", "/contacts?state=queued")
        listed = [(row["channel"], row["customer"]["name"]) for row in waiting["items"]]
        taken = []
        for _, name in listed:
            contact_id = await offered_and_accepted(agent, name)
            taken.append((agent.contacts[contact_id].channel, name))
            await agent.until(lambda: agent.contacts[contact_id].state == "active")  # noqa: B023 - awaited within the turn
            await agent.close(contact_id, "repair", "solved")
    assert (
        listed
        == taken
        == [
            ("phone", "Gold"),
            ("webchat", "Standard"),
            ("email", "Gold"),
            ("email", "Low"),
        ]
    )
