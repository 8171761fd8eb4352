"""The page to unsubscribe in the words of the set-up; what can be chosen there stays ours."""

from __future__ import annotations

import msgspec
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from hub.contacts.outreach.public import OptOutPages
from hub.customers.settings import TemplateWords, load_customer_settings, save_customer_settings
from hub.intake.opt_out import opt_out
from hub.storage import Tx

from .build import House
from .test_opting_out import token_of

WORDS = {
    "opt_out_page": {"en": TemplateWords(subject="Less <mail>?", body="Tell us & we stop.")},
    "opt_out_done": {"en": TemplateWords(body="Quiet from now on.")},
}


def change(tx: Tx, _: None) -> None:
    now = load_customer_settings(tx)
    save_customer_settings(tx, msgspec.structs.replace(now, templates=WORDS))


async def test_it_is_in_the_words_of_the_set_up_and_escaped(house: House) -> None:
    await house.store.write(change, None)
    app = web.Application()
    app.add_routes(OptOutPages(house.store, opt_out).routes())
    async with TestServer(app) as server, ClientSession() as session:
        url = server.make_url(f"/u/{await token_of(house)}")
        async with session.get(url, headers={"Accept-Language": "en"}) as shown:
            text = await shown.text()
        assert "<h1>Less &lt;mail&gt;?</h1>" in text
        assert "Tell us &amp; we stop." in text
        assert "No more offers and no more surveys" in text
        async with session.get(url, headers={"Accept-Language": "zh-CN"}) as shown:
            assert "您希望我们停止什么？" in await shown.text(), "as usual in another language"
        async with session.post(url, data={"what": "selling"}) as done:
            assert "Quiet from now on." in await done.text()
