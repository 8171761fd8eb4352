"""SPF by RFC 7208, against a zone in memory: what holds, what does not, and the bounds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.own_check import LookupFailed
from hub.vendors.mail.spf import Spf, check_spf

V4, V6 = "192.0.2.7", "2001:db8::7"
LI = "li@shop.cn"


class Zone:
    """Names in memory; `asked` counts what was looked up."""

    def __init__(self, **spf: str) -> None:
        self.records: dict[str, list[str]] = {
            name.replace("__", "."): [text] for name, text in spf.items()
        }
        self.a: Mapping[str, list[str]] = {}
        self.mx: Mapping[str, list[str]] = {}
        self.down: frozenset[str] = frozenset()
        self.asked = 0

    def _look(self, name: str) -> None:
        self.asked += 1
        if name in self.down:
            raise LookupFailed(name)

    def texts(self, name: str) -> list[bytes]:
        self._look(name)
        return [text.encode() for text in self.records.get(name, [])]

    def addresses(self, name: str, version: int) -> list[str]:
        self._look(name)
        return [one for one in self.a.get(name, []) if (":" in one) is (version == 6)]

    def exchanges(self, name: str) -> list[str]:
        self._look(name)
        return list(self.mx.get(name, []))


@pytest.mark.parametrize(
    ("record", "ip", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", V4, Spf.PASS),
        ("v=spf1 ip4:192.0.2.0/29 -all", "192.0.2.9", Spf.FAIL),
        ("V=SPF1 IP4:192.0.2.7 ~all", V4, Spf.PASS),
        ("v=spf1 ip6:2001:db8::/32 -all", V6, Spf.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", V6, Spf.FAIL),
        ("v=spf1 ip4:192.0.2.7 -all", "::ffff:192.0.2.7", Spf.PASS),
        ("v=spf1 ~all", V4, Spf.SOFTFAIL),
        ("v=spf1 ?all", V4, Spf.NEUTRAL),
        ("v=spf1 ip4:198.51.100.1", V4, Spf.NEUTRAL),
        ("v=spf1", V4, Spf.NEUTRAL),
        ("v=spf10 -all", V4, Spf.NONE),
        ("v=spf1 -all ip4:192.0.2.7", V4, Spf.FAIL),  # the first that matches
        ("v=spf1 unknown=thing exp=why.shop.cn +all", V4, Spf.PASS),
        ("v=spf1 ptr -all", V4, Spf.FAIL),
        ("v=spf1 ip4:192.0.2.0/33 -all", V4, Spf.PERMERROR),
        ("v=spf1 ip4:2001:db8::/32 -all", V4, Spf.PERMERROR),
        ("v=spf1 +all nonsense", V4, Spf.PERMERROR),  # a fault anywhere
        ("v=spf1 include: -all", V4, Spf.PERMERROR),
        ("v=spf1 redirect=a.cn redirect=b.cn", V4, Spf.PERMERROR),
        ("v=spf1 exists:%{q}.cn -all", V4, Spf.PERMERROR),
        ("v=spf1 a:bad..name -all", V4, Spf.PERMERROR),
    ],
)
def test_a_record_says(record: str, ip: str, result: Spf) -> None:
    assert check_spf(ip, LI, Zone(shop__cn=record)) is result


def test_addresses_and_mail_servers_of_a_domain() -> None:
    zone = Zone(shop__cn="v=spf1 a:web.shop.cn/28//64 mx -all")
    zone.a = {"web.shop.cn": ["192.0.2.1", "2001:db8::1"], "mx.shop.cn": ["198.51.100.5"]}
    zone.mx = {"shop.cn": ["mx.shop.cn."]}
    assert check_spf(V4, LI, zone) is Spf.PASS
    assert check_spf(V6, LI, zone) is Spf.PASS
    assert check_spf("198.51.100.5", LI, zone) is Spf.FAIL  # "mx.shop.cn." is asked as it stands
    zone.a = {**zone.a, "mx.shop.cn.": ["198.51.100.5"]}
    assert check_spf("198.51.100.5", LI, zone) is Spf.PASS


def test_included_and_redirected_records() -> None:
    zone = Zone(
        shop__cn="v=spf1 include:sender.example -all",
        other__cn="v=spf1 redirect=sender.example",
        sender__example="v=spf1 ip4:192.0.2.0/24 -all",
        lost__cn="v=spf1 include:nowhere.cn -all",
    )
    assert check_spf(V4, LI, zone) is Spf.PASS
    assert check_spf("198.51.100.1", LI, zone) is Spf.FAIL
    assert check_spf(V4, "a@other.cn", zone) is Spf.PASS
    assert check_spf("198.51.100.1", "a@other.cn", zone) is Spf.FAIL
    assert check_spf(V4, "a@lost.cn", zone) is Spf.PERMERROR


def test_macros_name_who_sends() -> None:
    zone = Zone(shop__cn="v=spf1 exists:%{ir}.%{l1r-}.%{d2}._spf.shop.cn -all")
    zone.a = {"7.2.0.192.li.shop.cn._spf.shop.cn": ["127.0.0.2"]}
    assert check_spf(V4, "na-li@shop.cn", zone) is Spf.FAIL  # turned: "li-na", its last part: "na"
    assert check_spf(V4, LI, zone) is Spf.PASS


def test_a_loop_and_many_names_end_soon() -> None:
    zone = Zone(loop__cn="v=spf1 include:loop.cn -all")
    assert check_spf(V4, "a@loop.cn", zone) is Spf.PERMERROR
    assert zone.asked <= 12
    zone = Zone(shop__cn="v=spf1 " + " ".join(f"a:n{n}.shop.cn" for n in range(12)) + " +all")
    assert check_spf(V4, LI, zone) is Spf.PERMERROR
    assert zone.asked == 4  # the record, and three that are not there
    zone.a = {f"n{n}.shop.cn": ["198.51.100.1"] for n in range(12)}
    assert check_spf(V4, LI, zone) is Spf.PERMERROR
    zone = Zone(shop__cn="v=spf1 mx -all")
    zone.mx = {"shop.cn": [f"mx{n}.shop.cn" for n in range(11)]}
    assert check_spf(V4, LI, zone) is Spf.PERMERROR


def test_a_record_that_is_too_long_is_not_read_in_part() -> None:
    filler = "y" * (4_096 - len("v=spf1 x= ip4:128.0.0.0/1"))
    record = f"v=spf1 x={filler} ip4:128.0.0.0/16 -all"
    assert check_spf(V4, LI, Zone(shop__cn=record)) is Spf.PERMERROR


def test_what_cannot_be_known_now_is_temperror_and_two_records_are_none() -> None:
    zone = Zone(shop__cn="v=spf1 a -all")
    zone.down = frozenset({"shop.cn"})
    assert check_spf(V4, LI, zone) is Spf.TEMPERROR
    zone = Zone()
    zone.records = {"shop.cn": ["v=spf1 -all", "v=spf1 +all", "verification=1"]}
    assert check_spf(V4, LI, zone) is Spf.PERMERROR
    zone.records = {"shop.cn": ["verification=1", "v=spf1 +all"]}
    assert check_spf(V4, LI, zone) is Spf.PASS


@pytest.mark.parametrize(
    "sender", ["", "li", "li@localhost", "li@[192.0.2.1]", f"li@{'a' * 64}.cn"]
)
def test_who_has_no_domain_is_asked_of_nobody(sender: str) -> None:
    zone = Zone()
    assert check_spf(V4, sender, zone) is Spf.NONE
    assert zone.asked == 0
    assert check_spf("local", LI, zone) is Spf.NONE


@given(st.text(max_size=300), st.sampled_from([V4, V6]))
def test_whatever_is_published_ends_in_a_result(text: str, ip: str) -> None:
    zone = Zone(shop__cn=f"v=spf1 {text}")
    check_spf(ip, LI, zone)
    assert zone.asked <= 120
