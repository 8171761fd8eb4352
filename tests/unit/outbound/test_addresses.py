"""Where the hub may connect when a stranger names the address, and what it takes for a picture."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from hub.vendors.outbound import is_public, sniff_image

REFUSED = """
    127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1
    169.254.169.254 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1
    240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 fe80::1 fe80::1%2
    fec0::1 fc00::1 fd00:ec2::254 ff02::1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1
    2002:7f00:1::1 3fff::1 4000::1
"""


@pytest.mark.parametrize("address", REFUSED.split())
def test_an_address_that_is_no_public_server_is_refused(address: str) -> None:
    assert not is_public(ip_address(address), 443)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2400:cb00::1"])
def test_a_public_address_is_allowed_on_the_ports_of_the_web(address: str) -> None:
    assert is_public(ip_address(address), 443)
    assert is_public(ip_address(address), 80)
    assert not is_public(ip_address(address), 25)


def test_a_public_address_in_ipv6_form_is_the_same_address() -> None:
    assert is_public(ip_address("::ffff:1.1.1.1"), 80)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<script>WEBP", None),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', None),
        (b'<?xml version="1.0"?><svg/>', None),
        (b"<html>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_picture_is_known_by_its_beginning(data: bytes, media_type: str | None) -> None:
    assert sniff_image(data) == media_type
