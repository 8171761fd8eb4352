"""Asked by a link in a mail: with a permit, not too often; answered once, by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from hub.contacts.effects import Send
from hub.contacts.model import Channel
from hub.contacts.outreach.tables import outreach
from hub.contacts.research.model import hash_token
from hub.contacts.research.public import SurveyPages
from hub.contacts.research.tables import survey_answers, survey_asks
from hub.contacts.tables import contacts, interactions
from hub.customers.settings import Outreach, TemplateWords
from hub.customers.tables import identities
from hub.desk.handling import Close, Handle, close
from hub.intake.surveys import answer_by_link
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.center import give_to_agent

from .build import Shop, Surveys

BY_MAIL = Surveys(by_mail=True)


@pytest.fixture
async def asking(shop: Shop) -> Shop:
    await shop.rules(surveys=BY_MAIL)
    await shop.store.write(_ask, None)
    return shop


def _ask(tx: Tx, _: None) -> None:
    rules = load_settings(tx)
    queues = {
        key: msgspec.structs.replace(queue, survey=True) for key, queue in rules.queues.items()
    }
    save_settings(tx, msgspec.structs.replace(rules, queues=queues))


async def ended(shop: Shop, sender: str = "ann@example.test", answer: str = "Here it is") -> str:
    """A mail that was answered, where there is an answer, and closed."""
    contact_id = await shop.house.receive("Where is it?", sender)
    await finish(shop, contact_id, answer)
    return contact_id


async def finish(shop: Shop, contact_id: str, answer: str = "") -> None:
    agent = shop.house.agent
    assert agent.id is not None
    if answer:
        await shop.house.answer(contact_id, answer)
    else:
        await shop.store.write(give_to_agent, (contact_id, agent.id))
    handle = Handle(contact_id, agent.id, agent.id, agent.name)
    await shop.store.write(close, Close(handle))


async def surveys(shop: Shop) -> list[Any]:
    rows = await shop.rows(outbox, outbox.c.created_at, outbox.c.id)
    return [row for row in rows if row.purpose == "survey"]


async def token_of(shop: Shop) -> str:
    [row] = await surveys(shop)
    token = msgspec.json.decode(row.effect, type=Send).survey
    assert token is not None
    return token


# ---- asking --------------------------------------------------------------------------------------


async def test_after_a_mail_its_customer_is_asked_on_the_same_conversation(asking: Shop) -> None:
    contact_id = await ended(asking)
    [row] = await surveys(asking)
    send = msgspec.json.decode(row.effect, type=Send)
    contact = await asking.house.contact(contact_id)
    assert (send.to, send.conversation_id) == (("ann@example.test",), contact.conversation_id)
    assert send.subject == "请评价我们的服务"
    assert send.automatic
    assert send.opt_out
    [ask] = await asking.rows(survey_asks)
    assert (ask.contact_id, ask.identity_id) == (contact_id, contact.identity_id)
    assert ask.token_hash == hash_token(str(send.survey))
    [kept] = await asking.rows(outreach)
    assert (kept.purpose, kept.outcome, kept.contact_id) == ("survey", "sent", contact_id)


async def test_no_token_stands_where_agents_or_a_copy_of_the_database_show_it(asking: Shop) -> None:
    await ended(asking)
    token = await token_of(asking)
    said = await asking.rows(interactions)
    assert [row for row in said if row.meta.get("survey")]
    assert token not in repr(said)
    assert token not in repr(await asking.rows(survey_asks))


async def test_nobody_is_asked_where_the_set_up_does_not_say_so(asking: Shop) -> None:
    await asking.rules()
    await ended(asking)
    assert await surveys(asking) == []


async def test_who_got_no_answer_is_not_asked_how_it_was(asking: Shop) -> None:
    await ended(asking, answer="")
    assert await surveys(asking) == []


async def test_nobody_is_asked_again_too_soon(asking: Shop) -> None:
    await ended(asking)
    await ended(asking)
    assert len(await surveys(asking)) == 1

    def long_ago(tx: Tx, _: None) -> None:
        tx.execute(update(survey_asks).values(asked_at=tx.now - timedelta(days=31)))

    await asking.store.write(long_ago, None)
    await ended(asking)
    assert len(await surveys(asking)) == 2


async def test_the_limit_of_outreach_counts_too(asking: Shop) -> None:
    rules = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=1)
    await asking.rules(surveys=Surveys(by_mail=True, ask_again_days=1), outreach=rules)
    await ended(asking)

    def yesterday(tx: Tx, _: None) -> None:
        tx.execute(update(survey_asks).values(asked_at=tx.now - timedelta(days=2)))

    await asking.store.write(yesterday, None)
    await ended(asking)
    assert len(await surveys(asking)) == 1
    assert [row.reason for row in await asking.rows(outreach, outreach.c.id)][-1] == "too_often"


async def test_at_night_the_mail_waits_for_the_morning(asking: Shop) -> None:
    rules = Outreach(quiet_from="11:00", quiet_until="13:00", per_week=0, per_month=0)
    await asking.rules(surveys=BY_MAIL, outreach=rules)  # noon in UTC is a quiet hour
    await ended(asking)
    [row] = await surveys(asking)
    now = await asking.house.now()
    assert row.not_before > now
    [ask] = await asking.rows(survey_asks)
    assert ask.expires_at - row.not_before == timedelta(days=14)


async def test_after_a_call_the_mail_goes_where_they_wrote_from(asking: Shop) -> None:
    mail = await asking.house.receive("hello")
    await finish(asking, mail)
    call = await asking.house.receive("", "13800138000", Channel.PHONE)

    def one_customer(tx: Tx, _: None) -> None:
        owner = tx.execute(
            select(identities.c.customer_id)
            .join(contacts, contacts.c.identity_id == identities.c.id)
            .where(contacts.c.id == mail)
        ).scalar_one()
        phone = select(contacts.c.identity_id).where(contacts.c.id == call).scalar_subquery()
        tx.execute(update(identities).where(identities.c.id == phone).values(customer_id=owner))
        tx.execute(update(contacts).where(contacts.c.id == call).values(answered_at=tx.now))

    await asking.store.write(one_customer, None)
    await finish(asking, call)
    [row] = await surveys(asking)
    assert msgspec.json.decode(row.effect, type=Send).to == ("ann@example.test",)
    [ask] = await asking.rows(survey_asks)
    assert ask.contact_id == call


# ---- the page ------------------------------------------------------------------------------------


@asynccontextmanager
async def page(shop: Shop, now_s: Any = None) -> AsyncIterator[Any]:
    app = web.Application()
    more = {} if now_s is None else {"now_s": now_s}
    app.add_routes(SurveyPages(shop.store, answer_by_link, **more).routes())
    server = TestServer(app)
    async with server, ClientSession() as session:

        async def ask(
            method: str, token: str, data: Any = None, language: str = ""
        ) -> tuple[int, str]:
            headers = {"Accept-Language": language} if language else {}
            url = server.make_url(f"/s/{token}")
            async with session.request(method, url, data=data, headers=headers) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                return answer.status, await answer.text()

        yield ask


async def test_the_page_asks_in_their_language_and_counts_once(asking: Shop) -> None:
    contact_id = await ended(asking)
    token = await token_of(asking)
    async with page(asking) as ask:
        status, shown = await ask("GET", token)
        assert status == 200
        assert "您对我们的服务满意吗" in shown
        assert "ann@example.test" not in shown
        assert await asking.rows(survey_answers) == []
        status, shown = await ask("POST", token, {"score": "2", "comment": "慢 <b>\x00"})
        assert (status, "谢谢" in shown) == (200, True)
        status, shown = await ask("POST", token, {"score": "5"})
        assert (status, "已使用过" in shown) == (410, True)
        assert (await ask("GET", token))[0] == 410
    [answer] = await asking.rows(survey_answers)
    assert (answer.score, answer.answer, answer.contact_id) == (2, "慢 <b>", contact_id)
    assert (await asking.house.contact(contact_id)).survey_score == 2
    [job] = await asking.recoveries()
    assert job.contact_id == contact_id
    assert [row.text for row in await asking.rows(interactions) if row.kind == "survey"] == [
        "慢 <b>"
    ]


async def test_the_page_speaks_as_the_set_up_says_at_the_mailbox_of_its_mail(asking: Shop) -> None:
    await ended(asking)
    [row] = await surveys(asking)
    here = f"survey_page@{row.entry_point_id}"
    words = {
        "survey_page": {"zh-CN": TemplateWords(subject="<各处>", body="好吗？")},
        here: {"zh-CN": TemplateWords(subject="本店 & 您")},
        "survey_thanks": {"zh-CN": TemplateWords(body="多谢。")},
    }
    await asking.rules(surveys=BY_MAIL, templates=words)
    token = await token_of(asking)
    async with page(asking) as ask:
        _, shown = await ask("GET", token)
        assert "<h1>本店 &amp; 您</h1>" in shown
        assert "<legend>好吗？</legend>" in shown
        assert "非常满意" in shown, "what can be chosen stays ours"
        assert "多谢。" in (await ask("POST", token, {"score": "4"}))[1]
        assert "已使用过" in (await ask("GET", token))[1], "as usual"


@pytest.mark.parametrize("score", ["", "0", "6", "5 ", "1.0", "x", "１", None])
async def test_what_is_no_score_is_asked_again(asking: Shop, score: str | None) -> None:
    await ended(asking)
    token = await token_of(asking)
    async with page(asking) as ask:
        data = {"comment": "hello"} if score is None else {"score": score}
        status, shown = await ask("POST", token, data)
    assert (status, "请先选择一项" in shown) == (400, True)
    assert await asking.rows(survey_answers) == []


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "a" * 3_000, "%F0%9F%98%80", "'--"])
async def test_a_link_that_is_none_of_ours_says_so(asking: Shop, token: str) -> None:
    await ended(asking)
    async with page(asking) as ask:
        for method in ("GET", "POST"):
            status, shown = await ask(method, token, None, "en-GB, zh;q=0.5")
            assert (status, "not valid" in shown) == (404, True)


async def test_an_old_link_is_good_for_nothing(asking: Shop) -> None:
    await ended(asking)
    token = await token_of(asking)

    def expire(tx: Tx, _: None) -> None:
        tx.execute(update(survey_asks).values(expires_at=tx.now))

    await asking.store.write(expire, None)
    async with page(asking) as ask:
        assert (await ask("GET", token))[0] == 410
        assert (await ask("POST", token, {"score": "1"}))[0] == 410
    assert await asking.rows(survey_answers) == []


async def test_who_tries_many_links_is_slowed_down(asking: Shop) -> None:
    await ended(asking)
    token = await token_of(asking)
    clock = [0.0]
    async with page(asking, lambda: clock[0]) as ask:
        answers = [(await ask("GET", "x"))[0] for _ in range(21)]
        assert answers == [404] * 20 + [429]
        assert (await ask("POST", token, {"score": "5"}))[0] == 429
        clock[0] += 60
        assert (await ask("POST", token, {"score": "5"}))[0] == 200
