"""Who is told that a campaign was paused by the hub: whoever made it."""

from __future__ import annotations

from hub.campaigns.reads import campaign_by_id
from hub.storage import Tx

from .commitment_news import CommitmentNews as News

CAMPAIGN_TOPICS = ("campaign.halted",)


def campaign_news(tx: Tx, asked: tuple[str, str]) -> list[News]:
    """Return what (topic, campaign id) means to whom. Raises NotFound."""
    row = campaign_by_id(tx, asked[1])
    name = row.zh if row.zh == row.en else f"{row.zh} · {row.en}"
    return [News({row.made_by}, "campaign_halted", None, None, name)]
