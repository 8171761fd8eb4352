"""What customers of a list hear before the agent: that they are recorded, or whether they agree.

It takes longer than a call may wait for an agent (see `guard`), so the hub dials for no list whose
queue has it said: agents press a key for each call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from hub.contacts.templates.filling import at_point, wording
from hub.contacts.templates.model import Template
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.spoken import PROMPTS
from hub.routing.settings import load_settings
from hub.storage import Tx

Asks = Literal["", "notice", "consent"]
_SAID: Mapping[Asks, Template] = {
    "notice": PROMPTS["recording_notice"],
    "consent": PROMPTS["recording_ask"],
}
LANGUAGES = ("zh-CN", "en")


class Asked(NamedTuple):
    """The line that calls, and the queue whose agents do."""

    entry_point_id: str
    queue_id: str


class Opening(NamedTuple):
    """`asks` empty: the agent is heard at once. `said`: by language, as the set-up words it at
    this line.
    """

    asks: Asks
    said: Mapping[str, str]


def asks_first(tx: Tx, queue_id: str) -> Asks:
    """Return what is said first where a queue calls; empty: nothing."""
    queue = load_settings(tx).queues.get(queue_id)
    mode = None if queue is None else queue.recording.mode
    return next((asks for asks in _SAID if asks == mode), "")


def opening_of(tx: Tx, asked: Asked) -> Opening:
    """Return what is heard before the agent."""
    asks = asks_first(tx, asked.queue_id)
    if not asks:
        return Opening("", {})
    changed = at_point(changed_templates(tx), asked.entry_point_id)
    said = {tag: wording(changed, _SAID[asks], tag).body for tag in LANGUAGES}
    return Opening(asks, said)
