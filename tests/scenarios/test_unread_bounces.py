"""A delivery report of which nothing can be read is nobody's question, and is seen all the same."""

from __future__ import annotations

from .stage import Stage, one_offer, settled


async def test_it_is_offered_to_nobody_and_waits_where_somebody_looks(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.mail("Plugh plover.", sender="mailer-daemon@relay.example", subject="Xyzzy")

        async def apart() -> bool:
            return [row.state for row in await stage.contacts()] == ["quarantined"]

        await settled(apart)
        [contact] = await stage.contacts()
        assert contact.quarantine_reason == "bounce_unread: mailer-daemon@relay.example"
        assert contact.subject == "Xyzzy"
        # A customer who writes after it is offered, and the only one who is acknowledged.
        await stage.mail("It leaks.")
        offer = agent.offers[await one_offer(agent)]
        assert offer.contact.subject == "Washing machine"
        [acknowledgement] = await stage.mails.wait_for(1)
        assert acknowledgement.recipients == ("chen@example.test",)
        assert len(agent.offers) == 1
