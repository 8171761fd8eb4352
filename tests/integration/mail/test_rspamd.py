"""rspamd is asked over HTTP; a server of ours answers as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.vendors.mail.rspamd import Rspamd

ANSWER = b'{"action":"reject","score":15.5,"required_score":15,"symbols":{"BAYES":{"score":4}}}'
RAW = b"From: a@b.c\r\n\r\n" + b"hello\r\n" * 300_000


class Filter:
    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.status = 200

    async def check(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.read())
        answer = web.StreamResponse(status=self.status)
        answer.content_length = len(ANSWER)
        await answer.prepare(request)
        await answer.write(ANSWER[:30])
        await answer.write(ANSWER[30:])
        return answer


@pytest.fixture
def rspamd() -> Filter:
    return Filter()


@pytest.fixture
async def asking(rspamd: Filter) -> AsyncIterator[Rspamd]:
    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/checkv2", rspamd.check)
    async with TestServer(app) as server:
        yield Rspamd(str(server.make_url("")), 20.0)


async def test_an_answer_in_pieces_is_read_whole(asking: Rspamd, rspamd: Filter) -> None:
    assert await asking.evidence(RAW, "a@b.c") == "rspamd 15.5 of 15.0: BAYES"
    assert rspamd.asked == [RAW]


async def test_a_mail_it_cannot_judge_gives_the_next_no_free_passage(
    asking: Rspamd, rspamd: Filter
) -> None:
    rspamd.status = 400
    assert await asking.evidence(RAW, "a@b.c") is None
    rspamd.status = 200
    assert await asking.evidence(RAW, "a@b.c") is not None
