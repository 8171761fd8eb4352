"""Recordings by the rules of their queue: what it asks of calls, how long they are kept."""

from __future__ import annotations

from sqlalchemy import select

from hub.contacts.recordings.model import CaptionNews, RecordingAsk, RecordingNews
from hub.contacts.recordings.service import Rules, Told, ToldCaptions, follow, follow_captions
from hub.contacts.tables import contacts
from hub.routing.settings import RecordingRules, RoutingSettings, load_settings
from hub.storage import Tx

_CONSENT = "consent"
_OFF = "off"


def recording_ask(settings: RoutingSettings, queue_id: str) -> RecordingAsk | None:
    """Return what a queue asks of its calls; None: they are not recorded."""
    rules = _rules_of(settings, queue_id)
    if rules.mode == _OFF:
        return None
    return RecordingAsk(consent=rules.mode == _CONSENT, pause_on_hold=rules.pause_on_hold)


def recorded(tx: Tx, news: RecordingNews) -> None:
    """Follow what a channel tells of a recording."""
    follow(tx, Told(news, _rules_for(tx, news.contact_id)))


def captioned(tx: Tx, news: CaptionNews) -> None:
    """Follow what a channel tells of the transcription of a call that is not recorded."""
    follow_captions(tx, ToldCaptions(news, _rules_for(tx, news.contact_id)))


def _rules_for(tx: Tx, contact_id: str) -> Rules:
    queue_id = tx.execute(
        select(contacts.c.queue_id).where(contacts.c.id == contact_id)
    ).scalar_one_or_none()
    rules = _rules_of(load_settings(tx), queue_id or "")
    return Rules(rules.keep_days, rules.remind_s)


def _rules_of(settings: RoutingSettings, queue_id: str) -> RecordingRules:
    queue = settings.queues.get(queue_id)
    return RecordingRules() if queue is None else queue.recording
