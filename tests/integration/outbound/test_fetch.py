"""The client for strangers' addresses against real servers on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address

import pytest

from hub.testing.picture_server import PictureServer, a_picture, loopback_only
from hub.vendors.outbound import Address, Failed, Fetched, OutboundHttp

PICTURE = a_picture()
LIMIT = 200_000


@pytest.fixture
async def outside() -> AsyncIterator[PictureServer]:
    async with PictureServer(huge_bytes=LIMIT) as server:
        yield server


def a_client(timeout_s: float = 10.0) -> OutboundHttp:
    return OutboundHttp(allow=loopback_only, limit_bytes=LIMIT, timeout_s=timeout_s)


async def test_a_picture_is_fetched_and_nothing_is_told_about_who_asks(
    outside: PictureServer,
) -> None:
    client = a_client()
    for _ in range(2):
        assert await client.fetch(outside.url(), "image/png") == Fetched(PICTURE)
    host = f"127.0.0.1:{outside.port}"
    expected = {
        "host": host,
        "accept": "image/png",
        "accept-encoding": "identity",
        "connection": "close",
    }
    # The second time too: the cookie that was set is not brought back.
    assert [headers for _, headers in outside.asked] == [expected, expected]


@dataclass
class Names:
    """A name server that gives other addresses each time it is asked."""

    answers: list[list[str]]

    def look_up(self, _name: str, _port: int) -> list[Address]:
        return [ip_address(one) for one in self.answers.pop(0)]


async def test_a_name_is_looked_up_once_and_told_to_the_server_it_stands_for(
    outside: PictureServer,
) -> None:
    names = Names([["127.0.0.1"], ["127.0.0.2"]])
    client = OutboundHttp(allow=loopback_only, look_up=names.look_up)
    assert await client.fetch(outside.url(host="pictures.test"), "image/png") == Fetched(PICTURE)
    assert names.answers == [["127.0.0.2"]]
    assert outside.asked[0][1]["host"] == f"pictures.test:{outside.port}"


async def test_one_address_that_is_not_allowed_refuses_the_whole_name(
    outside: PictureServer,
) -> None:
    names = Names([["127.0.0.1", "10.0.0.1"]])
    client = OutboundHttp(allow=loopback_only, look_up=names.look_up)
    answer = await client.fetch(outside.url(host="pictures.test"), "image/png")
    assert answer == Failed("address")
    assert outside.asked == []


async def test_a_name_without_an_address_is_refused() -> None:
    client = OutboundHttp(allow=loopback_only, look_up=Names([[]]).look_up)
    assert await client.fetch("http://pictures.test/", "image/png") == Failed("address")


async def test_the_second_address_is_asked_where_the_first_takes_no_connection(
    outside: PictureServer,
) -> None:
    names = Names([["::1", "127.0.0.1"]])
    client = OutboundHttp(allow=lambda address, _: address.is_loopback, look_up=names.look_up)
    assert await client.fetch(outside.url(host="pictures.test"), "image/png") == Fetched(PICTURE)


HERE = "127.0.0.1 localhost [::1] [::ffff:127.0.0.1] 2130706433 0x7f.1 0177.0.0.1 127.1 0 [::]"


@pytest.mark.parametrize("host", HERE.split())
async def test_by_default_this_machine_is_refused_however_it_is_written(
    outside: PictureServer, host: str
) -> None:
    assert isinstance(await OutboundHttp().fetch(outside.url(host=host), "image/png"), Failed)
    assert outside.asked == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "10.0.0.1", "[fd00:ec2::254]"])
async def test_by_default_what_is_near_this_machine_is_refused(host: str) -> None:
    assert await OutboundHttp().fetch(f"http://{host}/latest", "*/*") == Failed("address")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/moved", "redirect"),
        ("/gone", "status"),
        ("/said-huge", "size"),
        ("/huge", "size"),
    ],
)
async def test_what_is_no_plain_answer_of_a_fair_size_is_refused(
    outside: PictureServer, path: str, reason: str
) -> None:
    assert await a_client().fetch(outside.url(path), "image/png") == Failed(reason)
    assert len(outside.asked) == 1


async def test_a_server_that_does_not_finish_is_left(outside: PictureServer) -> None:
    assert await a_client(timeout_s=0.3).fetch(outside.url("/slow"), "image/png") == Failed("time")


async def test_nothing_is_unpacked(outside: PictureServer) -> None:
    assert await a_client().fetch(outside.url("/packed"), "image/png") == Fetched(PICTURE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//127.0.0.1/a.png",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.png",
        "gopher://127.0.0.1:25/_HELO",
        "http:///a.png",
        "http://user:secret@127.0.0.1/a.png",
        "http://127.0.0.1:99999/",
        "http://[fe80::1%25lo]/a.png",
        "http://[::1/",
        "http://127.0.0.1/" + "a" * 9000,
    ],
)
async def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    assert await a_client().fetch(url, "image/png") == Failed("url")


async def test_a_server_that_is_not_there_is_no_error(outside: PictureServer) -> None:
    assert await a_client().fetch("http://127.0.0.1:1/a.png", "image/png") == Failed("unreachable")
