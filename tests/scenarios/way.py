"""The whole way of one contact, step by step, as every channel's scenario asserts it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.core.ids import new_id
from hub.knowledge.model import ArticleState
from hub.knowledge.service import ChangeArticle, WriteArticle, change_article, write_article
from hub.knowledge.tables import article_links
from hub.storage import Tx

from .stage import Stage, one_offer

QUESTION = "What to do when it leaks?"
ANSWER = "Please close the tap. We come tomorrow."


async def an_article(stage: Stage) -> str:
    """Publish the article that answers every scenario's question; return its id."""
    return await stage.hub.store.write(_publish, None)


async def queued_in_order(agent: HeadlessAgent, channel: str, names: list[str]) -> None:
    """The list of those who wait shows these customers in this order, all of this channel."""
    page = await agent.call("GET", f"/contacts?state=queued&channel={channel}")
    assert [row["customer"]["name"] for row in page["items"]] == names
    used = [row["urgency"]["value"] for row in page["items"]]
    assert used == sorted(used, reverse=True)


async def offered_and_accepted(agent: HeadlessAgent, name: str) -> str:
    """The agent goes ready, is offered this customer's contact with a reason, and accepts."""
    await agent.until(lambda: not agent.offers)
    await agent.set_state("ready")
    offer = agent.offers[await one_offer(agent)]
    assert offer.contact.customer.name == name
    assert offer.why.en
    assert offer.why.zh
    contact_id = await agent.accept(offer.id)
    await agent.set_state("not_ready", "break")  # the next one stays in the queue
    await agent.until(lambda: contact_id in agent.contacts)
    return contact_id


async def answered_from_knowledge(
    stage: Stage, agent: HeadlessAgent, contact_id: str, article_id: str
) -> None:
    """The article's answer is sent, and it stands in the knowledge log that it was used here."""
    body = {"client_id": new_id(), "text": ANSWER, "article_ids": [article_id]}
    await agent.call("POST", f"/contacts/{contact_id}/reply", body)
    await in_knowledge_log(stage, agent, contact_id, article_id)


async def in_knowledge_log(
    stage: Stage, agent: HeadlessAgent, contact_id: str, article_id: str
) -> None:
    """Which article was used in the contact is recorded, once, and whether it helped."""
    use = {"contact_id": contact_id, "helpful": True}
    await agent.call("POST", f"/knowledge/{article_id}/use", use)
    [link] = await stage.hub.store.read(_links, contact_id)
    assert (link.article_id, link.helpful) == (article_id, True)
    shown = await agent.call("GET", f"/knowledge/{article_id}")
    assert (shown["uses"], shown["helpful"]) == (1, 1)


async def wrapped_up_and_closed(agent: HeadlessAgent, contact_id: str) -> None:
    """End it, wrap up, then close with a disposition."""
    await agent.call("POST", f"/contacts/{contact_id}/end")
    await agent.until(lambda: agent.contacts[contact_id].state == "wrap_up")
    await agent.close(contact_id, "repair", "solved")
    await agent.until(lambda: contact_id not in agent.contacts)
    detail = await agent.call("GET", f"/contacts/{contact_id}")
    assert (detail["contact"]["state"], detail["contact"]["ended_as"]) == ("closed", "handled")
    assert detail["disposition"]["reason_id"] == "repair"
    assert detail["disposition"]["outcome_id"] == "solved"
    kinds = [segment["kind"] for segment in detail["segments"]]
    assert kinds[:2] == ["waiting", "offered"]
    assert kinds[-2:] == ["handling", "wrap_up"]
    assert all(segment["ended_at"] for segment in detail["segments"])


async def on_the_timeline(agent: HeadlessAgent, customer_id: str, said: list[str]) -> None:
    """The customer's page shows what people said, in order, and the contact as closed."""
    page = await agent.call("GET", f"/customers/{customer_id}/timeline")
    lines = [line for line in page["items"] if line["kind"] in ("message", "fax", "call")]
    people = [line for line in reversed(lines) if line["direction"] == "in" or line["author_id"]]
    assert [line["text"].strip() for line in people] == said
    contacts = await agent.call("GET", f"/customers/{customer_id}/contacts")
    assert [row["state"] for row in contacts["items"]] == ["closed"]


async def a_draft_in_one_action(agent: HeadlessAgent, contact_id: str) -> dict[str, Any]:
    """The resolved contact becomes a draft article that names its source."""
    draft = await agent.call("POST", f"/contacts/{contact_id}/article")
    assert (draft["state"], draft["source_contact_id"]) == ("draft", contact_id)
    again = await agent.call("GET", f"/knowledge/{draft['id']}")
    assert again["question"] == draft["question"]
    return draft


def _publish(tx: Tx, _: None) -> str:
    written = WriteArticle(SYSTEM, language="en", question=QUESTION, answer=ANSWER)
    article_id = write_article(tx, written)
    published = ChangeArticle(SYSTEM, article_id, reviews=True, state=ArticleState.PUBLISHED)
    change_article(tx, published)
    return article_id


def _links(tx: Tx, contact_id: str) -> Any:
    return tx.execute(select(article_links).where(article_links.c.contact_id == contact_id)).all()
