from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import process_time

import pytest

from hub.channels.fax.failures import why_not_delivered
from hub.channels.fax.reading import (
    FaxResult,
    ReceivedFax,
    number_in_text,
    read_fax_mail,
    same_number,
    station_number,
    without_number,
)
from hub.channels.fax.sending import day_of, dialled
from hub.channels.fax.settings import FaxSettings, NumberForm
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail

from .samples import a_fax_mail, raw_fax

SETTINGS = FaxSettings(time_zone="Asia/Shanghai")


def received(name: str, settings: FaxSettings = SETTINGS) -> ReceivedFax:
    fax = read_fax_mail(a_fax_mail(name), settings)
    assert isinstance(fax, ReceivedFax)
    return fax


def test_a_file_that_is_named_by_its_caller_has_another_name() -> None:
    assert without_number("+862161234567-2026-03-10.tif", "02161234567") == "fax.tif"
    assert without_number("021-6123 4567", "+862161234567") == "fax"
    assert without_number("fax000012.tif", "+862161234567") == "fax000012.tif"
    assert without_number("fax000012.tif", None) == "fax000012.tif"


def result(name: str) -> FaxResult:
    fate = read_fax_mail(a_fax_mail(name), SETTINGS)
    assert isinstance(fate, FaxResult)
    return fate


@pytest.mark.parametrize(
    ("name", "gateway", "caller", "pages", "document"),
    [
        ("hylafax_received", "hylafax", "02161234567", 2, "fax000000017.tif"),
        ("hylafax_captured_received", "hylafax", "02161234567", 2, "fax000000017.tif"),
        ("efax_received", "efax", "+14155551234", 1, "FAX_20260310_1773143342_33.pdf"),
        ("ringcentral_received", "ringcentral", "4155551234", 1, "FAX_20260310.pdf"),
        ("generic_zh", "generic", "02161234567", 1, "传真20260310.tif"),
        ("generic_freepbx", "freepbx", "02161234567", 1, "fax-1773143342.24.pdf"),
        ("freepbx_received", "freepbx", "02161234567", None, "fax-1773143342.24.pdf"),
        (
            "fusionpbx_received",
            "fusionpbx",
            "02161234567",
            1,
            "02161234567-2026-03-10-19-49-02.pdf",
        ),
        ("ricoh_received", "ricoh", "02161234567", None, "FAX0042.pdf"),
        ("generic_file_name_only", "generic", "02161234567", None, "FAX_02161234567_20260310.tif"),
    ],
)
def test_every_gateway_tells_caller_pages_and_document(
    name: str, gateway: str, caller: str, pages: int | None, document: str
) -> None:
    fax = received(name)
    assert (fax.gateway, fax.caller, fax.pages) == (gateway, caller, pages)
    assert fax.document is not None
    assert fax.document.name == document


def test_the_gateways_clock_is_read_in_its_zone() -> None:
    assert received("generic_zh").at == datetime(2026, 3, 10, 11, 49, tzinfo=UTC)
    assert received("fusionpbx_received").at == datetime(2026, 3, 10, 11, 49, 2, tzinfo=UTC)


def test_a_withheld_caller_is_nobody() -> None:
    fax = received("hylafax_received_no_caller")
    assert (fax.caller, fax.station) == (None, None)


def test_the_other_machines_name_is_kept() -> None:
    assert received("hylafax_received").station == "ACME KITCHENS"
    assert received("fusionpbx_received").station == "ACME KITCHENS"


@pytest.mark.parametrize(
    ("name", "delivered", "pages", "reason"),
    [
        ("hylafax_done", True, 2, None),
        ("hylafax_failed", False, 0, "Busy signal detected; too many attempts to dial"),
        ("hylafax_requeued", None, None, "Busy signal detected"),
        ("hylafax_captured_requeued", None, None, "No carrier detected"),
        ("hylafax_captured_done", True, 2, None),
        ("hylafax_captured_failed", False, 2, "Busy signal detected; too many attempts to dial"),
        ("efax_sent", True, 2, None),
        ("generic_failed", False, None, "no answer"),
        ("freepbx_sent", True, None, None),
        ("freepbx_failed", False, None, "FAILED"),
        ("interfax_sent", True, 2, None),
        ("interfax_failed", False, 0, "3931"),
        ("fusionpbx_sent", True, None, None),
        ("fusionpbx_busy", False, None, "the call was busy 3 of those times."),
    ],
)
def test_results_are_told_from_faxes(
    name: str, delivered: bool | None, pages: int | None, reason: str | None
) -> None:
    fate = result(name)
    assert (fate.delivered, fate.pages, fate.reason) == (delivered, pages, reason)


def test_a_job_tag_that_hylafax_repeats_is_found() -> None:
    assert result("hylafax_captured_done").tag == "7KQ2M4XD"
    assert result("hylafax_done").tag is None


def test_the_subject_that_interfax_repeats_holds_the_tag() -> None:
    for name in ("interfax_sent", "interfax_failed"):
        fate = result(name)
        assert (fate.gateway, fate.tag) == ("interfax", "7KQ2M4XD")
        assert same_number(fate.number or "", "02161234567")


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        ("263", "263 Busy", "fax_busy"),
        (
            "1",
            "1 Internal error: disconnected after several minutes without a page",
            "fax_broken_off",
        ),
        ("205000", "205000 Out of credit for more than 24 hours", "fax_not_delivered"),
        ("3931", "3931", "fax_not_delivered"),
    ],
)
def test_a_number_of_interfax_that_is_published_is_told_in_words(
    status: str, reason: str, code: str
) -> None:
    raw = raw_fax("interfax_failed").replace(b",3931,", f",{status},".encode())
    mail = parse_mail(raw)
    assert isinstance(mail, ParsedMail)
    fate = read_fax_mail(mail, SETTINGS)
    assert isinstance(fate, FaxResult)
    assert fate.reason == reason
    assert why_not_delivered(fate.reason) == f"{code}: {reason}"


def test_mail_that_no_gateway_wrote_is_no_fax() -> None:
    assert read_fax_mail(a_fax_mail("advertising"), SETTINGS) is None


def test_where_gateways_are_named_nobody_else_is_one() -> None:
    named = FaxSettings(gateway_senders=("gw.shop.example",))
    assert received("hylafax_received", named).caller == "02161234567"
    assert read_fax_mail(a_fax_mail("generic_zh"), named) is None


def test_a_number_printed_on_the_page_is_read_when_it_is_the_only_one() -> None:
    assert number_in_text("ACME\nFax: +86 21 6123 4567\nTel: 021 9999 0000") == "+862161234567"
    assert number_in_text("传真：021-61234567") == "02161234567"
    assert number_in_text("Fax: 021-61234567 Fax: 021-61239999") is None


def test_only_numbers_count_as_a_station_number() -> None:
    assert station_number("86 21 61234567") == "862161234567"
    assert station_number("ACME 4711") is None


def test_numbers_written_differently_are_the_same() -> None:
    assert same_number("862161234567", "021-6123 4567")
    assert not same_number("862161234567", "02161234568")
    assert not same_number("1", "1")


@pytest.mark.parametrize(
    ("form", "number"),
    [
        (NumberForm.DIGITS, "862161234567"),
        (NumberForm.E164, "+862161234567"),
        (NumberForm.DOUBLE_ZERO, "00862161234567"),
        (NumberForm.NATIONAL, "02161234567"),
    ],
)
def test_the_gateway_gets_the_number_in_its_form(form: NumberForm, number: str) -> None:
    assert dialled("+862161234567", FaxSettings(number_form=form, country_code="86")) == number


def test_an_answer_has_the_day_of_where_its_number_is() -> None:
    late = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
    assert day_of(late, SETTINGS) == "2026-03-11"
    assert day_of(late, FaxSettings()) == "2026-03-10"


def test_lines_like_a_subject_of_hylafax_take_no_time() -> None:
    mail = parse_mail(b"From: a@b.test\nSubject: x\n\n" + b"Subject: fax a para b per c " * 40_000)
    assert isinstance(mail, ParsedMail)
    lines = "\n".join(["Subject: Fax " + "1 para per do an a " * 40] * 500)
    begun = process_time()
    for text in (mail.text, lines):
        assert read_fax_mail(replace(mail, text=text), SETTINGS) is None
    assert process_time() - begun < 2
