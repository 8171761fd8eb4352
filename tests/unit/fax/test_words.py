"""A gateway that an admin describes in its own words."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.channels.fax.profiles import BY_KEY
from hub.channels.fax.reading import FaxResult, ReceivedFax, read_fax_mail
from hub.channels.fax.settings import FaxSettings, QueueWords, check_settings
from hub.channels.fax.showing import belongs_to
from hub.channels.fax.words import GatewayWords
from hub.contacts.inbound import Belongs
from hub.core.errors import Invalid
from hub.vendors.mail.model import ParsedMail, Refusal
from hub.vendors.mail.parse import parse_mail

WORDS = GatewayWords(
    received=("Posteingang Telefax", "Fax delivered to your inbox"),
    sent=("Sendebericht: OK",),
    failed=("Sendebericht: Fehler",),
    retrying=("Sendebericht: Wiederholung",),
    caller=("Absenderrufnummer", "主叫号码"),
    called=("Zielrufnummer:",),
    station=("Kennung",),
    pages=("Blattzahl",),
    at=("Eingang um",),
    error=("Grund des Fehlers",),
)
SETTINGS = FaxSettings(time_zone="Europe/Berlin", words=WORDS)


def a_mail(subject: str, text: str, attached: str = "") -> ParsedMail:
    raw = f"From: <fax@box.example>\nSubject: {subject}\nMessage-ID: <1@box.example>\n"
    raw += f"Content-Type: text/plain; charset=utf-8\n\n{text}\n{attached}"
    mail = parse_mail(raw.encode())
    assert not isinstance(mail, Refusal)
    return mail


RECEIVED = """Absenderrufnummer   030 / 901 820
Zielrufnummer: +49 30 12345
Kennung = SHOP BERLIN
Blattzahl 3
Eingang um 2026-03-10 19:49
"""


def test_a_fax_is_read_by_the_words_of_its_gateway() -> None:
    fax = read_fax_mail(a_mail("Posteingang  Telefax 17", RECEIVED), SETTINGS)
    assert isinstance(fax, ReceivedFax)
    assert (fax.called, fax.station, fax.pages) == ("+493012345", "SHOP BERLIN", 3)
    assert fax.at == datetime(2026, 3, 10, 18, 49, tzinfo=UTC)
    assert read_fax_mail(a_mail("Posteingang Telefax", RECEIVED), FaxSettings()) is None


@pytest.mark.parametrize(
    ("subject", "delivered"),
    [
        ("Sendebericht: OK [Fax 7KQ2M4XD]", True),
        ("SENDEBERICHT: FEHLER [Fax 7KQ2M4XD]", False),
        ("Sendebericht: Wiederholung [Fax 7KQ2M4XD]", None),
    ],
)
def test_a_result_is_read_by_the_words_of_its_gateway(subject: str, delivered: bool | None) -> None:
    text = "Zielrufnummer: 030 901820\nBlattzahl: 2\nGrund des Fehlers: besetzt\n"
    fate = read_fax_mail(a_mail(subject, text), SETTINGS)
    assert isinstance(fate, FaxResult)
    assert (fate.delivered, fate.tag, fate.number, fate.pages) == (
        delivered,
        "7KQ2M4XD",
        "030901820",
        2,
    )
    assert fate.reason == (None if delivered else "besetzt")


def test_an_admins_words_go_before_what_a_profile_guesses() -> None:
    """The general rules take "delivered" for the fate of one of ours."""
    subject, text = "Fax delivered to your inbox", "From: 021 6123 4567\n"
    assert isinstance(read_fax_mail(a_mail(subject, text), FaxSettings()), FaxResult)
    fax = read_fax_mail(a_mail(subject, text), SETTINGS)
    assert isinstance(fax, ReceivedFax)
    assert fax.caller == "02161234567"  # what is not told in words is read by the profile


def test_words_are_words_and_no_patterns() -> None:
    odd = FaxSettings(words=GatewayWords(received=("(a+)+$", "  "), caller=("Nr.*",)))
    assert read_fax_mail(a_mail("a" * 5_000, "Nr 12345678"), odd) is None
    fax = read_fax_mail(a_mail("x (A+)+$ y", "Nr.* 12345678\nNr 99999999"), odd)
    assert isinstance(fax, ReceivedFax)
    assert fax.caller == "12345678"


def test_a_word_is_no_part_of_another_but_follows_chinese_text() -> None:
    text = "传真主叫号码：021-6123 4567\n"
    fax = read_fax_mail(a_mail("Posteingang Telefax", text), SETTINGS)
    assert isinstance(fax, ReceivedFax)
    assert fax.caller == "02161234567"
    hidden = read_fax_mail(a_mail("Posteingang Telefax", "XBlattzahl 7\n"), SETTINGS)
    assert isinstance(hidden, ReceivedFax)
    assert hidden.pages is None


def test_words_that_are_too_short_or_unknown_are_refused_with_their_place() -> None:
    with pytest.raises(Invalid, match=r"\$\.words\.caller"):
        check_settings("fax", {"words": {"caller": ["x"]}})
    with pytest.raises(Invalid, match="colour"):
        check_settings("fax", {"words": {"colour": ["red"]}})


RULES = (
    QueueWords(queue="finance", words=("发票", "invoice")),
    QueueWords(queue="repair", words=("报修单",)),
)


@pytest.mark.parametrize(
    ("text", "belongs"),
    [
        ("Please find our INVOICE no. 4711", Belongs("finance", "invoice")),
        ("增 值 税 发 票\n金额 100", Belongs("finance", "发票")),  # as it is read of pages
        ("报修 单 第 3 号", Belongs("repair", "报修单")),
        ("报修单，附发票", Belongs("finance", "发票")),  # the first rule that fits
        ("Ｉｎｖｏｉｃｅ", Belongs("finance", "invoice")),
        ("Two invoices, 附件", Belongs("finance", "invoice")),
        ("附 件: invoice", Belongs("finance", "invoice")),
        ("voice mail", None),
        ("Please join voice chat", None),
        ("reinvoiced", None),
        ("", None),
    ],
)
def test_a_fax_belongs_to_the_queue_whose_words_stand_on_it(
    text: str, belongs: Belongs | None
) -> None:
    assert belongs_to(RULES, text) == belongs


@pytest.mark.parametrize(
    "text",
    [
        "主叫号码" + " " * 200_000 + "x",
        "来自" + "\u3000" * 200_000 + "x",
        "a" + "\n \n" * 100_000 + "b",
        "1" * 200_000,
        "Pages: " + "1" * 5_000,
        'message from "' + "a" * 200_000,
    ],
)
def test_a_mail_that_is_made_to_be_slow_is_read_at_once(text: str) -> None:
    mail = replace(a_mail("Fax received", ""), subject="Fax received " + "fax " * 50_000, text=text)
    for gateway in BY_KEY:
        words = GatewayWords(caller=("主叫号码", "x y"), station=("来自",), pages=("Pages",))
        began = time.process_time()
        read_fax_mail(mail, FaxSettings(gateway=gateway, words=words))
        assert time.process_time() - began < 1
