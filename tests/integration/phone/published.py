"""What the provider publishes of its webhooks, and what of those sent is not of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.testing.twilio_simulator.webhooks import Delivery

_PAGES = Path(__file__).parents[2] / "fixtures" / "twilio" / "webhooks.json"
KINDS: Mapping[str, Mapping[str, Any]] = json.loads(_PAGES.read_text("utf-8"))["kinds"]

# By the first part of the address below the entry point.
KIND_OF = {
    "voice": "voice",
    "agent": "voice",
    "customer": "voice",
    "first": "voice",
    "guest": "voice",
    "outside": "voice",
    "fallback": "fallback",
    "status": "status",
    "agent-status": "status",
    "customer-status": "status",
    "first-status": "status",
    "guest-status": "status",
    "answered-by": "who",
    "menu": "gather",
    "choice": "gather",
    "callback": "gather",
    "consent": "gather",
    "customer-consent": "gather",
    "through": "dial",
    "wait": "wait",
    "left": "left",
    "message-done": "record",
    "recording": "recording",
    "call-recording": "recording",
    "room": "room",
    "captions": "captions",
    "transcription": "words",
    "sms": "text",
    "sms-status": "text-status",
}


def names_of(kind: str) -> frozenset[str]:
    """Return the names that requests of a kind may carry; {N} stands for a number."""
    rules = KINDS[kind]
    more = names_of(rules["with"]) if "with" in rules else frozenset()
    return frozenset([*rules["published"], *rules.get("seen", ())]) | more


ALL_NAMES = frozenset().union(*map(names_of, KINDS))


def unpublished(sent: Iterable[Delivery]) -> list[str]:
    """Return what is not of the pages: "<kind>: <name>", or with its value where that is not."""
    found = set()
    for one in sent:
        path = urlsplit(one.url).path.split("/")  # /channels/<entry point>/<what>/…
        if path[1] != "channels":
            continue  # to where a test points the provider, and nobody is
        kind = KIND_OF[path[3]]
        values = KINDS[kind].get("values", {})
        for name, value in one.params.items():
            if not {name, re.sub("[0-9]+$", "{N}", name)} & names_of(kind):
                found.add(f"{kind}: {name}")
            elif name in values and value not in values[name]:
                found.add(f"{kind}: {name}={value}")
    return sorted(found)
