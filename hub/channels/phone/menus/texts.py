"""How a menu of the set-up is read out, with what is said around it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.channels.phone.callback_talk import DAYS
from hub.channels.phone.session import Say, say
from hub.contacts.inbound import Matter

from .model import Menu


def spoken_menu(language: str, menu: Menu, *, first: bool) -> tuple[Say, ...]:
    """Return a menu as it is read out: its prompt, each choice, the person, the way back."""
    said = [Say(language, text)] if (text := in_language(language, menu.prompt)) else []
    for choice in menu.choices:
        label = in_language(language, choice.label)
        said.append(say(language, "menu_choice", label=label, key=choice.press))
    said.append(say(language, "menu_person"))
    if not first:
        said.append(say(language, "menu_back"))
    return tuple(said)


def spoken_languages(languages: Sequence[str]) -> tuple[Say, ...]:
    """Return the question after the language, each in its own: 1 is the first offered."""
    return tuple(
        say(language, "menu_language", key=str(place))
        for place, language in enumerate(languages, 1)
    )


def spoken_matter(language: str, matter: Matter, now: datetime) -> Say:
    """Return the question whether they call about what we know of: the day of a visit, no more."""
    if matter.kind != "visit" or matter.at is None:
        return say(language, "about_contact")
    zone = ZoneInfo(matter.zone)
    local, today = matter.at.astimezone(zone), now.astimezone(zone).date()
    base = "zh" if language.lower().startswith("zh") else "en"
    day = DAYS[base][local.weekday()]
    if local.date() == today:
        return say(language, "about_visit_today")
    if local.date() < today:
        return say(language, "about_visit_past", day=day)
    return say(language, "about_visit", day=day)


def in_language(language: str, texts: Mapping[str, str]) -> str:
    """Return a text in a language, else in any it has: the set-up is asked for all of them."""
    return texts.get(language) or next(iter(texts.values()), "")
