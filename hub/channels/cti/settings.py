"""What can be set for a phone entry point whose calls are in a PBX, under `settings.pbx`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from hub.core.errors import Invalid

Key = Annotated[str, Meta(min_length=16, max_length=200)]
_LONGEST_URL = 500
NONE: Literal["none"] = "none"


class Desk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose extension it is: the mail address by which they sign in."""

    extension: Annotated[str, Meta(min_length=1, max_length=32)]
    agent: Annotated[str, Meta(min_length=3, max_length=254)]


class PbxSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`profile` "none": the calls are no PBX's, but the telephony provider's.

    `proof`: how a request proves that it is the PBX's. `signing_keys`: any of them is right, so a
    new one is added before the old one goes. `desks`: extensions whose agent is not told by the
    desk phone of their account. `dial_url`: asked to call somebody; {extension}, {number} and {ref}
    stand for what is known then. `dial_secret` goes along in the header `dial_header`.
    `own_network`: the URL may lead to an address that is not of the public internet.
    `longest_call_s`: after so long without news a call is taken for ended.
    """

    profile: Literal["none", "generic", "asterisk", "freeswitch", "yeastar"] = NONE
    proof: Literal["signature", "bearer", "basic", "query"] = "signature"
    signing_keys: Annotated[tuple[Key, ...], Meta(max_length=3)] = ()
    desks: Annotated[tuple[Desk, ...], Meta(max_length=2_000)] = ()
    dial_url: Annotated[str, Meta(max_length=_LONGEST_URL)] = ""
    dial_method: Literal["POST", "GET"] = "POST"
    dial_header: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")] = "Authorization"
    dial_secret: Annotated[str, Meta(max_length=400, pattern=r"^[\x20-\x7e]*$")] = ""
    own_network: bool = False
    recordings: bool = True
    longest_call_s: Annotated[int, Meta(ge=300, le=86_400)] = 14_400


def pbx_of(settings: Mapping[str, object]) -> PbxSettings | None:
    """Return what a phone entry point says of its PBX; None where it has none.

    They were checked when they were applied; what is wrong all the same is as none.
    """
    try:
        found = msgspec.convert(settings.get("pbx") or {}, PbxSettings)
    except msgspec.ValidationError:
        return None
    return None if found.profile == NONE else found


def check_pbx(entry_point_id: str, pbx: PbxSettings) -> None:
    """Raise Invalid where nobody could prove to be the PBX, or the URL to dial by is none."""
    if pbx.profile == NONE:
        return
    if not pbx.signing_keys:
        raise Invalid(
            f"The entry point {entry_point_id!r} takes calls of a PBX: give it a key of at least 16"
            " characters (pbx.signing_keys), and the PBX the same.",
            code="pbx.no_key",
        )
    if pbx.dial_url and not pbx.dial_url.startswith(("https://", "http://")):
        raise Invalid(
            f"The address by which the PBX of {entry_point_id!r} is asked to dial begins with"
            " https:// or http://.",
            code="pbx.dial_url",
        )
