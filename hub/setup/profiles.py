"""Kinds of agents in the set-up: `[profiles]`, of channels, costs and a name. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hub.core.errors import Fault
from hub.routing.settings import Profile

from .model import ProfileSetup
from .naming import half_named, unknown
from .reading import key_path

_COST_PREFIX = "cost_"
_NAME = ("zh", "en")


def profile_problems(
    profiles: Mapping[str, ProfileSetup], channels: Collection[str]
) -> Iterator[Fault]:
    """Yield what is wrong: channels that are unknown, a name that is a number, numbers in words."""
    for key, fields in profiles.items():
        path = key_path("profiles", key)
        yield from half_named(path, fields.get("zh", ""), fields.get("en", ""))
        for field, value in sorted(fields.items()):
            if field in _NAME:
                if not isinstance(value, str):
                    yield Fault(f"{path}.{field}", "expected `str`, got `int`")
            elif field.removeprefix(_COST_PREFIX) not in channels:
                yield unknown(f"{path}.{field}", "channel", field, channels)
            elif isinstance(value, str):
                yield Fault(f"{path}.{field}", "expected `int`, got `str`")


def profile_of(fields: ProfileSetup) -> Profile:
    """Return the contact queue's form of a profile that has no problem; it needs no name."""
    counts = {name: value for name, value in fields.items() if isinstance(value, int)}
    costs = {
        name.removeprefix(_COST_PREFIX): value
        for name, value in counts.items()
        if name.startswith(_COST_PREFIX)
    }
    maxima = {name: value for name, value in counts.items() if not name.startswith(_COST_PREFIX)}
    return Profile(maxima=maxima, costs=costs)
