"""Identities signed by the site."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest

from hub.channels.webchat.identity import RefusedIdentity, SiteIdentity, parse_identity
from hub.testing.clock import NOON

KEY = "k" * 32


def a_jwt(claims: Mapping[str, object], key: str = KEY, alg: str = "HS256") -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = f"{part(json.dumps({'alg': alg}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


SOON = NOON.timestamp() + 240


def test_a_signed_identity_names_its_subject() -> None:
    jwt = a_jwt({"sub": "c-17", "exp": SOON, "name": "王芳", "email": "fang@example.com"})
    assert parse_identity(jwt, [KEY], NOON) == SiteIdentity("c-17", "王芳", "fang@example.com")


def test_the_second_key_is_good_while_keys_are_rotated() -> None:
    assert isinstance(
        parse_identity(a_jwt({"sub": "a", "exp": SOON}), ["o" * 32, KEY], NOON), SiteIdentity
    )


@pytest.mark.parametrize(
    "jwt",
    [
        "",
        "a.b",
        "a.b.c",
        "💥.💥.💥",
        a_jwt({"sub": "a", "exp": SOON}, key="x" * 32),
        a_jwt({"sub": "a", "exp": SOON}, alg="none"),
        a_jwt({"sub": "a", "exp": NOON.timestamp() - 60}),
        a_jwt({"sub": "a", "exp": NOON.timestamp() + 86_400}),
        a_jwt({"sub": "", "exp": SOON}),
        a_jwt({"exp": SOON}),
        a_jwt({"sub": "a"}),
    ],
)
def test_any_other_identity_is_refused(jwt: str) -> None:
    assert isinstance(parse_identity(jwt, [KEY], NOON), RefusedIdentity)


def test_without_keys_nobody_is_believed() -> None:
    jwt = a_jwt({"sub": "a", "exp": SOON}, key="")
    assert isinstance(parse_identity(jwt, [], NOON), RefusedIdentity)
