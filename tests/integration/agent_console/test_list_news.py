"""Pages of phone lists are told that something of a list changed: supervisors', once for many."""

from __future__ import annotations

from hub.core.bus import Hint
from hub.phone_lists.rows import CHANGED
from hub.web import Role

from .conftest import Place


async def test_supervisors_are_told_that_lists_changed_and_agents_are_not(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    agent = await place.hire("ann", Role.AGENT, "team")
    async with boss.console().signed_in() as above, agent.console().signed_in() as desk:
        for list_id in ("a", "b", "c"):
            place.hub.bus.publish(Hint(CHANGED, list_id))
        await above.until(lambda: bool(above.notices))
        place.hub.bus.publish(Hint("provider.changed", "phone"))  # told to all, after it
        await desk.until(lambda: bool(desk.notices))
        await above.until(lambda: above.notices[-1].code == "provider_changed")
        told = [notice.code for notice in above.notices]
        assert told == ["phone_lists_changed", "provider_changed"]
        assert [notice.code for notice in desk.notices] == ["provider_changed"]
