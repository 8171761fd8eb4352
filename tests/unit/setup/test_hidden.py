"""Secrets of entry points: hidden under their names only, found again by their place."""

from __future__ import annotations

from typing import Any

import pytest

from hub.setup.hidden import hide_secrets, lost_secrets, reveal_secrets
from hub.setup.model import EntryPointSetup, Queue, Setup, Team, Tier


def with_settings(settings: dict[str, Any]) -> Setup:
    point = EntryPointSetup(
        key="shop", channel="webchat", address="shop", queue="a", name="Shop", settings=settings
    )
    return Setup(
        organisation="Lake",
        timezone="UTC",
        tiers=[Tier(key="gold", zh="金", en="Gold")],
        default_tier="gold",
        target_s={"phone": [10]},
        queues=[Queue(key="a", zh="a", en="a", teams=["t"])],
        teams=[Team(key="t", zh="t", en="t")],
        entry_points=[point],
    )


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (
            {"identity_keys": ["a", "b"]},
            {"identity_keys": [f"/identity_keys/{n}" for n in (0, 1)]},
        ),
        ({"auth": {"token": "a"}, "key": 5}, {"auth": {"token": "/auth/token"}, "key": 5}),
        ({"token": {"a/b~": "x"}}, {"token": {"a/b~": "/token/a~1b~0"}}),
    ],
)
def test_what_is_secret_by_its_name_is_hidden_and_found_again(
    settings: dict[str, Any], shown: dict[str, Any]
) -> None:
    document = hide_secrets(with_settings(settings))
    (point,) = document["entry_points"]
    assert str(point["settings"]).replace("hidden:shop", "") == str(shown)
    back: Any = reveal_secrets(document, {"shop": settings})
    assert back["entry_points"][0]["settings"] == settings
    assert list(lost_secrets(back)) == []


def test_what_is_no_secret_is_shown() -> None:
    settings = {"title": {"en": "a key"}, "monkey": "x", "keyboard": ["y"], "hidden": "hidden:z"}
    assert hide_secrets(with_settings(settings))["entry_points"][0]["settings"] == settings


def test_a_stand_in_for_nothing_is_told_by_its_place() -> None:
    setup = hide_secrets(with_settings({"auth": {"token": "a"}}))
    (fault,) = lost_secrets(reveal_secrets(setup, {"shop": {}}))
    assert fault.path == "entry_points[0].settings.auth.token"
