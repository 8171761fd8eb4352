"""Identities signed by the site: JWTs (RFC 7519) with HS256 or Ed25519 (RFC 8037). `now` is given.

The kind of a key decides the algorithm, never the token alone: a public key is no secret, and who
knows it cannot sign with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import jwt as pyjwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

MAX_LIFE_S = 300.0  # console.md section 6, decision 4
SKEW_S = 30.0
_SECRET, _SIGNED = "HS256", "EdDSA"
# Times are checked here, against the hub's clock.
_UNCHECKED = {
    f"verify_{claim}": False for claim in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")
}


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public key of the site. `ed25519`: PEM, or the `x` of its JWK (43 characters); `kid`: the
    name tokens give it, "" for one that none names.
    """

    ed25519: Annotated[str, msgspec.Meta(min_length=43, max_length=400, extra={"of": "pem"})]
    kid: Annotated[str, msgspec.Meta(max_length=64)] = ""

    def __post_init__(self) -> None:
        try:
            _public_key(self.ed25519)
        except (pyjwt.PyJWTError, ValueError, TypeError) as error:
            raise ValueError("`ed25519` is no Ed25519 public key") from error


@dataclass(frozen=True, slots=True)
class Keys:
    """What an entry point believes: shared secrets (two while one is rotated out), public keys."""

    secrets: Sequence[str] = ()
    signers: Sequence[Signer] = ()


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """Who the site says its visitor is. `subject` is the site's own id of the customer, `tier` what
    it would have them be: counted only where the entry point trusts it.
    """

    subject: str
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    plan: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class RefusedIdentity:
    reason: str


class _Claims(msgspec.Struct):
    sub: str
    exp: float
    iat: float | None = None
    nbf: float | None = None
    aud: str | list[str] | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    plan: str = ""
    tier: str = ""


def parse_identity(
    token: str, keys: Keys, entry_point_id: str, now: datetime
) -> SiteIdentity | RefusedIdentity:
    """Check a signed identity. Never raises: what is wrong with it is a value, for developers."""
    try:
        header = pyjwt.get_unverified_header(token)
    except (pyjwt.InvalidTokenError, ValueError):
        return RefusedIdentity("The identity cannot be read.")
    candidates = _candidates(header, keys)
    if isinstance(candidates, RefusedIdentity):
        return candidates
    algorithm, usable = candidates
    for key in usable:
        try:
            raw = pyjwt.decode(token, key, algorithms=[algorithm], options=_options())
            claims = msgspec.convert(raw, _Claims)
        except pyjwt.InvalidSignatureError:
            continue
        except (pyjwt.InvalidTokenError, msgspec.ValidationError, ValueError):
            return RefusedIdentity("The identity cannot be read: it needs sub and exp.")
        return _checked(claims, entry_point_id, now.timestamp())
    return RefusedIdentity("The identity's signature is wrong.")


def _candidates(header: dict[str, Any], keys: Keys) -> tuple[str, Sequence[Any]] | RefusedIdentity:
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm == _SECRET and keys.secrets:
        return _SECRET, keys.secrets
    if algorithm == _SIGNED and keys.signers:
        named = [one for one in keys.signers if one.kid == kid] if kid else keys.signers
        if not named:
            return RefusedIdentity("The identity names a key that this entry point does not know.")
        return _SIGNED, [_public_key(one.ed25519) for one in named]
    return RefusedIdentity("It is not a signed identity this entry point accepts.")


def _checked(claims: _Claims, entry_point_id: str, now_s: float) -> SiteIdentity | RefusedIdentity:
    if not now_s - SKEW_S < claims.exp <= now_s + MAX_LIFE_S + SKEW_S:
        return RefusedIdentity("The identity has expired, or lives longer than five minutes.")
    if any(at is not None and at > now_s + SKEW_S for at in (claims.iat, claims.nbf)):
        return RefusedIdentity("The identity is from the future: set the site's clock.")
    meant = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if meant is not None and entry_point_id not in meant:
        return RefusedIdentity("The identity is meant for another entry point.")
    if not 0 < len(claims.sub) <= 200:
        return RefusedIdentity("The identity names nobody.")
    return SiteIdentity(
        claims.sub,
        claims.name[:200],
        claims.email[:254],
        claims.phone[:40],
        claims.language[:35],
        claims.plan[:100],
        claims.tier[:64],
    )


@lru_cache(maxsize=64)
def _public_key(text: str) -> Ed25519PublicKey:
    if text.startswith("-----"):
        key = OKPAlgorithm().prepare_key(text)
    else:
        key = OKPAlgorithm.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": text})
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("it is a key of another kind")
    return key


def _options() -> Any:  # Any: a TypedDict of PyJWT that lists each name
    return {**_UNCHECKED, "verify_signature": True}
