"""Who made a link to set a password is told that its mail did not arrive."""

from __future__ import annotations

from hub.accounts.link_mails import LINK_UNDELIVERED, undelivered_links, user_of_link_mail
from hub.accounts.service import get_user
from hub.storage import Tx
from hub.storage.outbox import EFFECT_FAILED

from .commitment_news import CommitmentNews

LINK_TOPICS = (LINK_UNDELIVERED, EFFECT_FAILED)


def link_news(tx: Tx, asked: tuple[str, str]) -> list[CommitmentNews]:
    """Return what (topic, user or effect id) means to whom."""
    topic, key = asked
    user_id = user_of_link_mail(tx, key) if topic == EFFECT_FAILED else key
    found = {} if user_id is None else undelivered_links(tx, [user_id])
    told: list[CommitmentNews] = []
    for whose, one in found.items():
        if one.made_by is not None:
            said = f"{get_user(tx, whose).name}: {one.detail}"
            told.append(CommitmentNews({one.made_by}, "link_undelivered", None, None, said))
    return told
