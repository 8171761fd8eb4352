"""Who is in the demo and what they say: config/demo/*.toml as typed values. Pure but for one
read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

# In a wheel the samples travel inside the package; in the repository they lie beside it.
_PACKAGE = Path(__file__).parents[1]
_SAMPLES = next(
    place for place in (_PACKAGE / "config", _PACKAGE.parent / "config") if place.is_dir()
)
CONFIG = _SAMPLES / "demo"
LANGUAGES = ("zh-CN", "en")


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open commitment, due today at the clock time `due` where that is still to come."""

    kind: str
    text: str
    due: str

    def due_at(self, now: datetime) -> datetime:
        """Return when it is due: at least an hour after `now`, in the zone of `now`."""
        hour, minute = (int(part) for part in self.due.split(":"))
        soonest = now + timedelta(hours=1)
        due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if due >= soonest:
            return due
        return soonest.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One customer. `called`: how one addresses them; `en`: the name in Latin letters."""

    name: str
    en: str
    called: str
    tier: str
    language: str
    email: str
    phone: str
    fax: str = ""
    organisation: str = ""
    role: str = ""
    decides: bool = False
    facts: tuple[str, ...] = ()
    commitment: Promise | None = None

    @property
    def shop_account(self) -> str:
        """How the shop knows them; its pages sign this for customers who are signed in."""
        return f"shop:{self.email.partition('@')[0]}"


class Talk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A short conversation: first → answer → more → closing, with its disposition."""

    language: str
    channels: tuple[str, ...]
    subject: str
    first: str
    answer: str
    more: str
    closing: str
    reason: str
    outcome: str


class ArticleText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pair: str
    language: str
    question: str
    answer: str
    tags: tuple[str, ...] = ()


class _People(msgspec.Struct, forbid_unknown_fields=True):
    customers: tuple[Person, ...]


class _Talks(msgspec.Struct, forbid_unknown_fields=True):
    talks: tuple[Talk, ...]


class _Articles(msgspec.Struct, forbid_unknown_fields=True):
    articles: tuple[ArticleText, ...]


class World(msgspec.Struct, frozen=True):
    people: tuple[Person, ...]
    talks: tuple[Talk, ...]
    articles: tuple[ArticleText, ...]

    def talks_for(self, channel: str, language: str) -> list[Talk]:
        """Return the talks that may come over `channel` in `language`."""
        return [t for t in self.talks if channel in t.channels and t.language == language]

    def person(self, tier: str, language: str) -> Person:
        """Return the first customer of this tier, in this language where there is one."""
        of_tier = [person for person in self.people if person.tier == tier]
        return next((one for one in of_tier if one.language == language), of_tier[0])

    def repair_call(self, language: str) -> Talk:
        """Return a talk on the phone about a repair."""
        talks = self.talks_for("phone", language)
        return next((one for one in talks if one.reason.startswith("repair")), talks[0])

    def heroes(self) -> list[Person]:
        """Return the gold customers whom the visitor can be."""
        return [self.person("gold", language) for language in LANGUAGES]

    def cast(self) -> list[Person]:
        """Return everybody whom the visitor or a button plays: they do not come by themselves."""
        return [
            self.person(tier, language)
            for tier in ("gold", "standard", "low")
            for language in LANGUAGES
        ]


def read_world(folder: Path = CONFIG) -> World:
    """Read the demo's customers, talks and articles. Raises ValidationError naming a wrong key."""

    def read(name: str) -> bytes:
        return (folder / name).read_bytes()

    return World(
        msgspec.toml.decode(read("customers.toml"), type=_People).customers,
        msgspec.toml.decode(read("talks.toml"), type=_Talks).talks,
        msgspec.toml.decode(read("articles.toml"), type=_Articles).articles,
    )
