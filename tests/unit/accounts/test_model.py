"""Rules of accounts."""

from __future__ import annotations

import pytest

from hub.accounts.model import (
    UserSummary,
    account_key,
    check_email,
    check_password,
    digest_of,
    hint_of,
    may_manage,
    new_api_key,
    new_password,
    new_token,
)
from hub.core.errors import Invalid
from hub.web import Principal, Role, Via


def a_principal(role: Role, *team_ids: str) -> Principal:
    return Principal("p", "P", role, frozenset(team_ids), Via.SESSION, "s")


def a_user(role: Role, *team_ids: str) -> UserSummary:
    return UserSummary("u", role, frozenset(team_ids))


def test_an_address_is_compared_without_case_and_blanks() -> None:
    assert check_email("  Chen.Wei@Example.COM ") == "chen.wei@example.com"
    assert account_key("CHEN@example.com ") == account_key("chen@example.com")


@pytest.mark.parametrize("text", ["", "chen", "a@", "@b", "a b@c", "a@b@c", "a@\r\nb", "x" * 300])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_email(text)


@pytest.mark.parametrize(
    "password", ["short", "a" * 30, "x" * 257, "chen@example.com", "121212121212"]
)
def test_a_password_that_is_guessed_at_once_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, email="chen@example.com")
    assert refused.value.reason == "weak_password"


def test_a_phrase_in_any_script_is_a_good_password() -> None:
    assert check_password("春眠不觉晓处处闻啼鸟", email="chen@example.com")
    assert check_password("four plain words here", email="chen@example.com")


def test_a_password_is_the_same_from_every_keyboard() -> None:
    wide = check_password("ｐａｓｓｐｈｒａｓｅ １２３", email="x@example.com")
    assert wide == check_password("passphrase 123", email="x@example.com")


def test_tokens_have_256_bits_and_only_their_digest_is_kept() -> None:
    token = new_token()
    assert len(token) == 43
    assert token not in digest_of(token)
    assert new_token() != token


def test_an_api_key_is_known_by_its_start() -> None:
    key = new_api_key()
    assert key.startswith("hub_")
    assert key.startswith(hint_of(key))
    assert len(key) - len(hint_of(key)) > 32


def test_a_random_password_passes_the_rules_of_passwords() -> None:
    assert check_password(new_password(), email="chen@example.com")


@pytest.mark.parametrize(
    ("principal", "target", "allowed"),
    [
        (a_principal(Role.ADMIN), a_user(Role.ADMIN), True),
        (a_principal(Role.ADMIN), a_user(Role.AGENT, "north"), True),
        (a_principal(Role.SUPERVISOR, "north"), a_user(Role.AGENT, "north"), True),
        (a_principal(Role.SUPERVISOR, "north"), a_user(Role.AGENT, "north", "south"), False),
        (a_principal(Role.SUPERVISOR, "north"), a_user(Role.AGENT), False),
        (a_principal(Role.SUPERVISOR, "north"), a_user(Role.SUPERVISOR, "north"), False),
        (a_principal(Role.SUPERVISOR, "north"), a_user(Role.ADMIN, "north"), False),
        (a_principal(Role.AGENT, "north"), a_user(Role.AGENT, "north"), False),
    ],
)
def test_nobody_changes_a_user_above_them_or_outside_their_teams(
    principal: Principal, target: UserSummary, allowed: bool
) -> None:
    assert may_manage(principal, target) is allowed
