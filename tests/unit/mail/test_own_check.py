"""Our own DKIM and DMARC check: proofs hold, forgeries do not, the unknown blocks nothing."""

from __future__ import annotations

import pytest

from hub.vendors.mail.authentication import Verdict
from hub.vendors.mail.own_check import (
    LookupFailed,
    check_sender,
    gather_records,
    is_aligned,
    is_reserved,
    known,
)

from .signed import KEY, PUBLIC, STRICT, a_raw, signed, unreachable, zone

CHEN = "chen@customer.cn"


def test_a_signature_of_the_senders_domain_proves_it() -> None:
    found = check_sender(signed(a_raw(CHEN), "customer.cn"), "customer.cn", zone(**KEY, **STRICT))
    assert (found.dmarc, found.dkim) == (Verdict.PASS, Verdict.PASS)
    assert found.why == "signed by customer.cn"


def test_a_signature_of_the_domain_above_counts_too() -> None:
    raw = signed(a_raw("chen@mail.customer.cn"), "customer.cn")
    assert check_sender(raw, "mail.customer.cn", zone(**KEY)).dmarc is Verdict.PASS


def test_a_changed_body_proves_nothing_and_fails_where_the_domain_says_so() -> None:
    raw = signed(a_raw(CHEN), "customer.cn").replace(b"It leaks", b"Pay me")
    assert check_sender(raw, "customer.cn", zone(**KEY, **STRICT)).dmarc is Verdict.FAIL
    assert check_sender(raw, "customer.cn", zone(**KEY)).dmarc is Verdict.NONE


def test_somebody_elses_good_signature_is_no_proof_of_the_sender() -> None:
    raw = signed(a_raw(CHEN), "evil.cn")
    found = check_sender(raw, "customer.cn", zone(s1__key__evil__cn=PUBLIC, **STRICT))
    assert found.dmarc is Verdict.FAIL
    assert "p=reject" in found.why


def test_an_unsigned_mail_of_a_strict_domain_fails_and_of_others_is_unknown() -> None:
    assert check_sender(a_raw(CHEN), "customer.cn", zone(**STRICT)).dmarc is Verdict.FAIL
    relaxed = zone(dmarc__customer__cn=b"v=DMARC1; p=none")
    assert check_sender(a_raw(CHEN), "customer.cn", relaxed).dmarc is Verdict.NONE


def test_a_subdomain_goes_by_the_policy_for_subdomains() -> None:
    above = zone(dmarc__customer__cn=b"v=DMARC1; p=none; sp=quarantine")
    assert check_sender(a_raw("a@x.customer.cn"), "x.customer.cn", above).dmarc is Verdict.FAIL


def test_what_cannot_be_looked_up_now_is_temperror() -> None:
    raw = signed(a_raw(CHEN), "customer.cn")
    assert check_sender(raw, "customer.cn", unreachable).dmarc is Verdict.TEMPERROR
    assert check_sender(a_raw(CHEN), "customer.cn", unreachable).dmarc is Verdict.TEMPERROR

    def only_policy(name: str) -> bytes | None:
        if name.startswith("_dmarc."):
            return STRICT["dmarc__customer__cn"]
        raise LookupFailed(name)

    found = check_sender(raw, "customer.cn", only_policy)
    assert found.dmarc is Verdict.TEMPERROR, "an unread key is no failure, however strict"


def test_two_senders_in_one_mail_are_no_proof() -> None:
    raw = b"From: boss@customer.cn\r\n" + signed(a_raw("chen@customer.cn"), "customer.cn")
    assert check_sender(raw, "customer.cn", zone(**KEY)).dkim is Verdict.FAIL


def test_a_signature_over_a_part_of_the_body_is_none() -> None:
    raw = signed(a_raw(CHEN), "customer.cn", length=True) + b"Pay here instead.\r\n"
    assert check_sender(raw, "customer.cn", zone(**KEY)).dmarc is Verdict.NONE


@pytest.mark.parametrize(
    "header",
    ["v=1", "", ";;;", "d=customer.cn; b=%%%; bh=x; s=s1; h=from; a=rsa-sha256; v=1", "\udcff" * 9],
)
def test_a_broken_signature_is_no_fault_of_ours(header: str) -> None:
    raw = f"DKIM-Signature: {header}\r\n".encode("utf-8", "surrogateescape") + a_raw(CHEN)
    assert check_sender(raw, "customer.cn", zone(**KEY)).dmarc is Verdict.NONE


@pytest.mark.parametrize(
    "key", [b"", b"v=DKIM1; p=", b"v=DKIM1; p=AAAA", b"\xff\x00", b"p=" + b"A" * 999]
)
def test_a_broken_key_proves_nothing(key: bytes) -> None:
    raw = signed(a_raw(CHEN), "customer.cn")
    assert check_sender(raw, "customer.cn", zone(s1__key__customer__cn=key)).dkim is Verdict.FAIL


def test_names_set_aside_for_tests_are_never_looked_up() -> None:
    def never(name: str) -> bytes | None:
        raise AssertionError(name)

    assert check_sender(a_raw("a@shop.test"), "shop.test", never).dmarc is Verdict.NONE
    assert is_reserved("mail.example.com")
    assert not is_reserved("customer.cn")


def test_a_top_level_name_is_aligned_with_nobody() -> None:
    assert not is_aligned("cn", "customer.cn")
    assert not is_aligned("stomer.cn", "customer.cn")


@pytest.mark.parametrize("body", [b"It leaks", b""])
def test_all_that_is_looked_up_can_be_gathered_from_the_head(body: bytes) -> None:
    raw = signed(a_raw(CHEN).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body, "customer.cn")
    records = known(gather_records(raw, "customer.cn", zone(**KEY, **STRICT)))
    assert check_sender(raw, "customer.cn", records).dmarc is Verdict.PASS
    assert check_sender(raw + b"Pay me", "customer.cn", records).dmarc is Verdict.FAIL


def test_what_could_not_be_gathered_is_not_known() -> None:
    records = known(gather_records(signed(a_raw(CHEN), "customer.cn"), "customer.cn", unreachable))
    found = check_sender(signed(a_raw(CHEN), "customer.cn"), "customer.cn", records)
    assert found.dmarc is Verdict.TEMPERROR
