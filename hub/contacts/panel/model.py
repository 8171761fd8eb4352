"""What the side panel shows in which order, and links into other systems with places in them. Pure.

A link is an address with placeholders, in the words of canned responses: where it leads is the
admin's, what stands in a place may be a customer's. So places stand behind the host only, each
value is percent-encoded (RFC 3986 §2.1), and one that a browser would read as a step up in the path
(WHATWG URL §4.4: ".", "..") is no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, get_args
from urllib.parse import quote

from msgspec import Meta, Struct

Section = Literal[
    "numbers",
    "commitments",
    "joined",
    "contact",
    "business",
    "knowledge",
    "facts",
    "recent",
    "links",
]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""In the usual order. The customer's card and what warns stand above, always."""

MAX_LINKS = 30
MAX_URL = 2000

# What stands in a place: {customer.key.shop} is the customer's own key in the system "shop".
NAMES = (
    "customer.name",
    "customer.organisation",
    "customer.id",
    "customer.phone",
    "customer.email",
    "customer.key",
    "order.key",
    "contact.id",
    "contact.reference",
    "contact.subject",
    "queue.id",
    "agent.name",
    "agent.email",
    "organisation",
)
_KEY_OF = re.compile(r"customer\.key\.([A-Za-z0-9_-]{1,64})")
_PLACE = re.compile(r"\{([^{}]*)\}")
# The scheme, and a host with a port: no user, no place, nothing that another reader would take for
# the end of the host.
_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?=[/?#]|$)",
    re.IGNORECASE,
)
_UNFIT = re.compile(r"[\s\\\x00-\x1f\x7f<>\"`|^]")
_STEPS = frozenset({".", ".."})

Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL)]


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link of the panel. `channels`, `queues`: of which contacts it is shown, [] of all."""

    key: str
    zh: str
    en: str
    url: str
    channels: Sequence[str] = ()
    queues: Sequence[str] = ()

    def is_for(self, channel: str, queue_id: str) -> bool:
        """Say whether it is shown beside a contact of this channel and queue."""
        return (not self.channels or channel in self.channels) and (
            not self.queues or queue_id in self.queues
        )


class Panel(Struct, frozen=True, kw_only=True):
    """`order`: sections that were put in order; the others follow as usual. `hidden`: not shown."""

    order: Sequence[Section] = ()
    hidden: Sequence[Section] = ()
    links: Sequence[Link] = ()

    @property
    def shown(self) -> list[Section]:
        """The sections that are shown, in their order."""
        rest = [one for one in SECTIONS if one not in self.order]
        return [one for one in (*self.order, *rest) if one not in self.hidden]


class Filled(NamedTuple):
    """`url` None: it leads nowhere, for want of what is in `lacks` (names of places)."""

    url: str | None
    lacks: tuple[str, ...]


def places_in(url: str) -> list[str]:
    """Return the names of the places of a link, in their order, each once."""
    return list(dict.fromkeys(found[1].strip() for found in _PLACE.finditer(url)))


def is_place(name: str) -> bool:
    return name in NAMES or _KEY_OF.fullmatch(name) is not None


def system_of(name: str) -> str | None:
    """Return of which system `name` is the customer's key: "customer.key.shop" → "shop"."""
    found = _KEY_OF.fullmatch(name)
    return None if found is None else found[1]


def url_problems(url: str) -> Iterator[str]:
    """Yield what is wrong with the address of a link, in sentences that say what to do."""
    for name in places_in(url):
        if not is_place(name):
            shown = ", ".join(f"{{{one}}}" for one in NAMES)
            yield f"there is no placeholder {{{name[:60]}}}; known: {shown}"
    plain = _PLACE.sub("", url)
    if "{" in plain or "}" in plain:
        yield "a brace stands alone: a placeholder is {customer.name}"
    if _UNFIT.search(plain):
        yield 'has a character that no address has (a space, \\, <, >, ", ^, ` or |)'
    elif _ORIGIN.match(url) is None:
        yield "begins with https:// and a host, then / before the first placeholder"
    elif len(url) > MAX_URL:
        yield f"is longer than {MAX_URL} characters"


def fill_link(url: str, values: Mapping[str, str]) -> Filled:
    """Return a checked address with a value in each place, percent-encoded."""
    lacks = [name for name in places_in(url) if not values.get(name, "").strip()]
    if lacks:
        return Filled(None, tuple(lacks))
    filled = _PLACE.sub(lambda found: _encoded(values[found[1].strip()]), url)
    steps = _stepping(url, values)
    return Filled(None, tuple(steps)) if steps else Filled(filled, ())


def _encoded(value: str) -> str:
    return quote(value.strip(), safe="", errors="replace")


def _stepping(url: str, values: Mapping[str, str]) -> list[str]:
    """Return the places whose values make a part of the path "." or ".."."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    found: dict[str, None] = {}
    for part in path.split("/")[3:]:
        names = places_in(part)
        value = _PLACE.sub(lambda one: _encoded(values[one[1].strip()]), part)
        if names and value.lower().replace("%2e", ".") in _STEPS:
            found.update(dict.fromkeys(names))
    return list(found)
