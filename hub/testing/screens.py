"""Every screen of the console: where it is and who sees it.

The pictures (`make screenshots`) go through this list, and a test compares it with the routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.web.principal import Role

# A script for a page of the console: goes to a screen, waits until it rests, changes language and
# theme in place, and finds what is out of place.
LOOKS = Path(__file__).with_name("looks.js")


@dataclass(frozen=True, slots=True)
class Screen:
    """`path` may hold `{contact}` or `{customer}`. `role`: the least that sees it."""

    name: str
    path: str
    role: Role | None = Role.AGENT  # None: nobody is signed in


def _supervised(*paths: str) -> tuple[Screen, ...]:
    return tuple(Screen(path.replace("/", "-"), f"/{path}", Role.SUPERVISOR) for path in paths)


def _of_setup(*parts: str) -> tuple[Screen, ...]:
    return tuple(
        Screen(f"setup-{part.replace('/', '-')}", f"/setup/{part}", Role.ADMIN) for part in parts
    )


SCREENS: tuple[Screen, ...] = (
    Screen("sign-in", "/sign-in", None),
    Screen("set-password", "/set-password", None),
    Screen("desk", "/desk"),
    Screen("to-do", "/desk?view=to_do"),
    Screen("contact", "/desk/{contact}"),
    Screen("customers", "/customers"),
    Screen("customer", "/customers/{customer}"),
    Screen("commitments", "/commitments"),
    Screen("search", "/search"),
    Screen("me", "/me"),
    Screen("mentions", "/mentions"),
    Screen("new-customers", "/new-customers"),
    Screen("knowledge", "/knowledge"),
    Screen("knowledge-new", "/knowledge/new", Role.ADMIN),
    Screen("imports", "/imports", Role.ADMIN),
    Screen("settings", "/settings"),
    Screen("audit", "/audit", Role.ADMIN),
    Screen("words", "/words"),
    Screen("words-macros", "/words/macros", Role.SUPERVISOR),
    Screen("words-tags", "/words/tags", Role.ADMIN),
    Screen("nowhere", "/nowhere"),
    Screen("my-work", "/my-work", Role.SPECIALIST),
    *_supervised("wallboard", "callbacks", "quarantine", "feeds", "people", "campaigns", "groups"),
    *_supervised("phone-lists"),
    *_supervised("people/roles", "blocks", "reports", "upkeep", "value", "value/rules", "whatif"),
    *_of_setup("queues", "tiers", "skills", "hours", "overflow", "points", "teams"),
    *_of_setup("points/shop-chat", "points/hotline"),
    *_of_setup("reasons", "reasons/outcomes", "reasons/closing_fields"),
    *_of_setup("templates", "templates/chat_reminder", "panel"),
    *_of_setup("allocation", "plans", "changes", "queues/repair", "hours/finance"),
    *_of_setup("sla", "work", "presence", "privacy"),
)
