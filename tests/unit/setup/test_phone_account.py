"""Which phone account is in force, which secrets it keeps, and what its numbers have to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.settings import Secret, Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.phone_account import PhoneAccounts
from hub.setup.phone_account.book import kept_of
from hub.setup.phone_account.model import (
    AccountDocument,
    AccountSecrets,
    KeptAccount,
    TypedAccountSecrets,
    merge_secrets,
)
from hub.setup.phone_account.service import NoPublicAddress, check_address
from hub.vendors.twilio.numbers import wanted_settings

SID = "AC" + "1" * 32
KEY = "SK" + "2" * 32
KEPT = KeptAccount(
    AccountDocument(account_sid=SID, api_key=KEY),
    AccountSecrets(auth_token="token", api_secret="secret"),
)


def merged(document: AccountDocument, **typed: str) -> AccountSecrets:
    return merge_secrets(document, TypedAccountSecrets(**typed), KEPT)


def test_what_is_not_typed_stays_for_the_same_account_and_key_alone() -> None:
    assert merged(KEPT.document) == KEPT.secrets
    assert merged(KEPT.document, auth_token="new").auth_token == "new"
    without_key = AccountDocument(account_sid=SID)
    assert merged(without_key) == AccountSecrets(auth_token="token")
    for document, wanted in (
        (AccountDocument(account_sid=SID, api_key="SK" + "3" * 32), "api_secret"),
        (AccountDocument(account_sid="AC" + "4" * 32), "auth_token"),
    ):
        with pytest.raises(Invalid, match=wanted):
            merged(document)
    with pytest.raises(Invalid, match="without blanks"):
        merged(KEPT.document, auth_token="to ken")


def test_no_secret_is_in_what_is_printed() -> None:
    assert "token'" not in repr(KEPT)
    assert "geheim" not in repr(TypedAccountSecrets(auth_token="geheim"))


def test_one_of_the_file_wins_and_one_that_does_not_open_is_none() -> None:
    of_file = Twilio(account_sid="AC9", auth_token=Secret("t"), base_url="https://api.example")
    assert PhoneAccounts(of_file, KEPT).current() is of_file
    nobody = Twilio(base_url="https://api.example")
    accounts = PhoneAccounts(nobody, KEPT)
    current = accounts.current()
    assert (current.account_sid, current.base_url) == (SID, "https://api.example")
    assert not accounts.is_locked
    accounts.take(KeptAccount(KEPT.document, None))
    assert accounts.is_locked
    assert accounts.current().account_sid == ""
    assert not PhoneAccounts(of_file, KeptAccount(KEPT.document, None)).is_locked


def test_a_row_of_a_mailbox_does_not_open_as_the_account(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "key")
    sealed = sealer.seal(b'{"auth_token": "t"}', "sales-mail")
    document = '{"account_sid": "AC"}'
    assert kept_of(document, sealed, sealer).secrets is None
    opened = kept_of(document, sealer.seal(b'{"auth_token": "t"}', "phone:account"), sealer)
    assert opened.secrets == AccountSecrets(auth_token="t")


def test_no_number_is_pointed_at_what_nobody_outside_can_call() -> None:
    real, simulated = Twilio(), Twilio(base_url="http://127.0.0.1:9")
    with pytest.raises(NoPublicAddress, match="public_base_url"):
        check_address(real, "http://127.0.0.1:8080")
    check_address(real, "https://hub.example")
    check_address(simulated, "http://127.0.0.1:8080")


def test_the_addresses_are_those_of_the_entry_point() -> None:
    wanted = wanted_settings("https://hub.example/", "hot line")
    assert wanted == {
        "voice_url": "https://hub.example/channels/hot%20line/voice",
        "voice_fallback_url": "https://hub.example/channels/hot%20line/fallback",
        "status_callback": "https://hub.example/channels/hot%20line/status",
        "voice_method": "POST",
        "voice_fallback_method": "POST",
        "status_callback_method": "POST",
    }
