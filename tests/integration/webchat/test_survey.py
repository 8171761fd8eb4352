"""The survey: asked by the hub, answered once, also by a page that opens later."""

from __future__ import annotations

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.contacts.effects import AskSurvey, Done, Permanent, Send
from hub.contacts.inbound import SurveyAnswer
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor


async def a_finished_chat(page: ChatPage, door: FakeDoor) -> AskSurvey:
    await page.write("hello")
    (conversation_id,) = door.conversations
    return AskSurvey(contact_id=door.end(conversation_id), conversation_id=conversation_id)


async def test_an_open_page_is_asked_and_answers_once(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    ask = await a_finished_chat(page, door)
    assert isinstance(await chat.perform("shop-chat", ask), Done)
    assert (await page.expect(p.AskSurvey)).contact == ask.contact_id
    for _ in range(2):
        await page.say(p.Survey(contact=ask.contact_id, score=5, comment="很好"))
    assert (await page.expect(p.Problem)).code == "survey_closed"
    (answer,) = door.reports
    assert isinstance(answer, SurveyAnswer)
    assert (answer.contact_id, answer.score, answer.comment) == (ask.contact_id, 5, "很好")


async def test_a_page_that_opens_later_is_asked_then(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    ask = await a_finished_chat(page, door)
    await page.close()
    assert isinstance(await chat.perform("shop-chat", ask), Done)
    await page.connect()
    await page.hello()
    assert (await page.expect(p.AskSurvey)).contact == ask.contact_id
    await page.say(p.Survey(contact=ask.contact_id, score=0))
    await page.say(p.Ping())
    await page.expect(p.Pong)
    assert door.reports == []


async def test_nobody_rates_a_contact_they_were_not_asked_about(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("hello")
    await page.say(p.Survey(contact="another-contact", score=1))
    assert (await page.expect(p.Problem)).code == "survey_closed"
    assert door.reports == []


async def test_an_effect_web_chat_does_not_know_is_refused_for_good(chat: WebChat) -> None:
    send = Send(
        interaction_id="i", conversation_id="c", contact_id=None, to=("x",), text="not mine"
    )
    assert isinstance(await chat.perform("shop-chat", send), Permanent)


async def test_a_survey_for_a_visitor_that_is_gone_is_refused_for_good(chat: WebChat) -> None:
    ask = AskSurvey(contact_id="c1", conversation_id="nobody")
    assert isinstance(await chat.perform("shop-chat", ask), Permanent)
