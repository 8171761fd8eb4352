"""Whoever made a campaign hears that the hub paused it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from hub.campaigns.tables import campaigns
from hub.core.bus import Hint
from hub.storage import Tx
from hub.web import Role

from .conftest import Place


async def test_its_maker_hears_that_a_campaign_was_paused(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "team")
    await place.hub.store.write(_campaign, boss.view.id)
    async with boss.console().signed_in() as desk, other.console().signed_in() as elsewhere:
        place.hub.bus.publish(Hint("campaign.halted", "c"))
        await desk.until(lambda: bool(desk.notices))
        told = desk.notices[0]
        assert (told.code, told.detail) == ("campaign_halted", "春季 · Spring")
        assert elsewhere.notices == []


def _campaign(tx: Tx, made_by: str) -> None:
    tx.execute(
        insert(campaigns).values(
            id="c", key="spring", zh="春季", en="Spring", purpose="marketing", channel="email",
            entry_point_id="mail", state="paused", paused_why="undelivered", starts_at=tx.now,
            ends_at=tx.now + timedelta(days=7), result_days=14, pace_per_hour=600, version=3,
            made_at=tx.now, made_by=made_by, started_at=tx.now,
        )
    )  # fmt: skip
