"""Identities signed by the site."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import jwt as pyjwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.channels.webchat.identity import (
    Keys,
    RefusedIdentity,
    Signer,
    SiteIdentity,
    parse_identity,
)
from hub.channels.webchat.settings import WebChatSettings
from hub.testing.clock import NOON

KEY = "k" * 32
HERE = "shop-chat"
SECRET = Keys(secrets=[KEY])
SITE = Ed25519PrivateKey.generate()
STRANGER = Ed25519PrivateKey.generate()
SOON = NOON.timestamp() + 240


def a_jwt(claims: Mapping[str, object], key: str = KEY, alg: str = "HS256") -> str:
    return pyjwt.encode({**claims}, "" if alg == "none" else key, algorithm=alg)


def signed(
    claims: Mapping[str, object], key: Ed25519PrivateKey = SITE, kid: str | None = None
) -> str:
    return pyjwt.encode(
        {"sub": "c-17", "exp": SOON, **claims},
        key,
        algorithm="EdDSA",
        headers={"kid": kid} if kid else None,
    )


def x_of(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def pem_of(key: Ed25519PrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_signed_identity_names_its_subject() -> None:
    jwt = a_jwt({"sub": "c-17", "exp": SOON, "name": "王芳", "email": "fang@example.com"})
    found = parse_identity(jwt, SECRET, HERE, NOON)
    assert found == SiteIdentity("c-17", "王芳", "fang@example.com")


def test_the_second_key_is_good_while_keys_are_rotated() -> None:
    jwt = a_jwt({"sub": "a", "exp": SOON})
    found = parse_identity(jwt, Keys(secrets=["o" * 32, KEY]), HERE, NOON)
    assert isinstance(found, SiteIdentity)


@pytest.mark.parametrize("written", [x_of(SITE), pem_of(SITE)])
def test_a_public_key_is_believed_in_both_its_forms(written: str) -> None:
    keys = Keys(signers=[Signer(ed25519=written)])
    found = parse_identity(signed({"phone": "+8613800000000", "plan": "pro"}), keys, HERE, NOON)
    assert found == SiteIdentity("c-17", phone="+8613800000000", plan="pro")


def test_a_named_key_is_the_only_one_tried() -> None:
    keys = Keys(
        signers=[Signer(kid="2025", ed25519=x_of(STRANGER)), Signer(kid="2026", ed25519=x_of(SITE))]
    )
    assert isinstance(parse_identity(signed({}, kid="2026"), keys, HERE, NOON), SiteIdentity)
    assert isinstance(parse_identity(signed({}), keys, HERE, NOON), SiteIdentity)
    for kid in ("2025", "2024"):
        refused = parse_identity(signed({}, kid=kid), keys, HERE, NOON)
        assert isinstance(refused, RefusedIdentity)


def test_who_knows_a_public_key_cannot_sign_with_it() -> None:
    keys = Keys(secrets=[KEY], signers=[Signer(ed25519=x_of(SITE))])
    forged = a_jwt({"sub": "a", "exp": SOON}, key=x_of(SITE))
    assert isinstance(parse_identity(forged, keys, HERE, NOON), RefusedIdentity)
    stranger = parse_identity(signed({}, STRANGER), keys, HERE, NOON)
    assert isinstance(stranger, RefusedIdentity)


@pytest.mark.parametrize("meant", [HERE, ["other", HERE], None])
def test_one_meant_for_this_entry_point_or_for_any_is_good(meant: object) -> None:
    claims = {"sub": "a", "exp": SOON} | ({} if meant is None else {"aud": meant})
    assert isinstance(parse_identity(a_jwt(claims), SECRET, HERE, NOON), SiteIdentity)


@pytest.mark.parametrize(
    "jwt",
    [
        "",
        "a.b",
        "a.b.c",
        "💥.💥.💥",
        "a" * 4096,
        a_jwt({"sub": "a", "exp": SOON}, key="x" * 32),
        a_jwt({"sub": "a", "exp": SOON}, alg="none"),
        a_jwt({"sub": "a", "exp": SOON}, key="k" * 64, alg="HS512"),
        a_jwt({"sub": "a", "exp": NOON.timestamp() - 60}),
        a_jwt({"sub": "a", "exp": NOON.timestamp() + 86_400}),
        a_jwt({"sub": "a", "exp": SOON, "iat": NOON.timestamp() + 120}),
        a_jwt({"sub": "a", "exp": SOON, "nbf": NOON.timestamp() + 120}),
        a_jwt({"sub": "a", "exp": SOON, "aud": "other-chat"}),
        a_jwt({"sub": "a", "exp": SOON, "aud": []}),
        a_jwt({"sub": "", "exp": SOON}),
        a_jwt({"sub": "a" * 201, "exp": SOON}),
        a_jwt({"sub": "a", "exp": "soon"}),
        a_jwt({"sub": "a", "exp": SOON, "name": ["a"]}),
        a_jwt({"exp": SOON}),
        a_jwt({"sub": "a"}),
        signed({}),
    ],
)
def test_any_other_identity_is_refused(jwt: str) -> None:
    assert isinstance(parse_identity(jwt, SECRET, HERE, NOON), RefusedIdentity)


def test_a_clock_half_a_minute_off_is_forgiven() -> None:
    now = NOON.timestamp()
    for claims in ({"exp": now - 20}, {"exp": now + 320}, {"exp": SOON, "iat": now + 20}):
        found = parse_identity(a_jwt({"sub": "a", **claims}), SECRET, HERE, NOON)
        assert isinstance(found, SiteIdentity)


def test_without_keys_nobody_is_believed() -> None:
    jwt = a_jwt({"sub": "a", "exp": SOON})
    assert isinstance(parse_identity(jwt, Keys(), HERE, NOON), RefusedIdentity)


@pytest.mark.parametrize("written", ["!" * 43, "A" * 60, pem_of(SITE)[:60]])
def test_a_setting_that_is_no_public_key_is_refused(written: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="Ed25519"):
        msgspec.convert({"identity_signers": [{"ed25519": written}]}, WebChatSettings)
