"""What the widget says by itself in the words of the set-up. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from hub.contacts.templates.filling import Changed, fill
from hub.contacts.templates.usual import CHAT_REMINDER, CHAT_SILENT, CHAT_SILENT_MAIL

_OF_PANEL = {
    "reminded": CHAT_REMINDER,
    "silent": CHAT_SILENT,
    "silent_mail": CHAT_SILENT_MAIL,
}
_NAME = {"address": "{name}"}  # what the panel calls the place


def notices(changed: Changed) -> Mapping[str, Mapping[str, str]]:
    """Return, by the panel's own key and by language, what is not as usual."""
    found: dict[str, Mapping[str, str]] = {}
    for key, template in _OF_PANEL.items():
        words = changed.get(template.key, {})
        if said := {tag: fill(one.body, _NAME) for tag, one in words.items() if one.body}:
            found[key] = said
    return found
