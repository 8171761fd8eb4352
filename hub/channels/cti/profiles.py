"""Profiles of PBXs as data: under which names they say what, read from `profiles/*.toml`.

A new PBX is a new file there, a word of `PbxSettings.profile`, and a body of it in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from .events import EventKind


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the signature is. `timed`: "t=<seconds>,v1=<hex>" over "<t>.<body>"; `base64`: over the
    body alone.
    """

    header: str
    form: Literal["timed", "base64"]


class Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one request tells of several parties at once."""

    within: str
    list: str
    extension: str
    outside_in: str
    outside_out: str
    number: str
    status: str
    extension_events: Mapping[str, EventKind]
    outside_events: Mapping[str, EventKind]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fields`: ours → theirs, tried in order. `events`: theirs in lower case → ours, first with
    one of the fields `also` behind a colon, then alone.
    """

    fields: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventKind]
    signature: Signature
    members: Members | None = None


@cache
def profile_of(name: str) -> Profile:
    """Return a profile by its name, one of `PbxSettings.profile`."""
    text = files(__package__).joinpath("profiles", f"{name}.toml").read_bytes()
    return msgspec.toml.decode(text, type=Profile)
