"""Answers and secondary data of other systems: an answer for each row, the same twice changes
nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry

from hub.agent_console.readers import sees_more, visible_queues
from hub.contacts.research.api import ResearchRoutes
from hub.contacts.research.tables import customer_satisfaction, survey_answers
from hub.customers.business.api import BusinessRoutes
from hub.customers.business.deliver import Delivery
from hub.customers.business.tables import feeds
from hub.customers.tables import customer_facts, customers, identities
from hub.routing.recovery import recovery_aims
from hub.routing.settings import tier_of_new_customers
from hub.web import Principal, Role, Via, WebMetrics, WebOptions, bind_routes, build_web_app
from hub.web.app import build_guard
from hub.web.principal import Credentials

from .build import Shop

ANSWER = {
    "external_id": "q-1",
    "customer_external_id": "10023",
    "survey": "autumn",
    "answered_at": "2026-03-10T11:00:00Z",
    "score": 4,
}
FACT = {
    "external_id": "f-1",
    "customer_external_id": "10023",
    "kind": "size",
    "text": "200 people",
    "licence": "CC BY 4.0",
    "url": "https://data.example.org/firms/10023",
    "learned_at": "2026-03-01",
}


class Api:
    """Asks as a system whose key is good for feeds alone."""

    def __init__(self, session: ClientSession, server: TestServer) -> None:
        self.session = session
        self.server = server

    async def sends(self, kind: str, *rows: dict[str, Any], source: str = "lab") -> Any:
        async with self.session.post(
            self.server.make_url(f"/api/v1/feeds/{source}/{kind}"),
            json={"rows": list(rows)},
            headers={"Authorization": "Bearer key"},
        ) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@pytest.fixture
async def api(shop: Shop) -> AsyncIterator[Api]:
    async def authenticate(credentials: Credentials) -> Principal:
        return Principal(
            "feed", "Feed", Role.ADMIN, frozenset(), Via.API_KEY, "key", "en", scope="feed"
        )

    store = shop.store
    options = WebOptions(public_base_url="http://127.0.0.1", version="test")
    delivery = Delivery(store, lambda _tx: "Asia/Shanghai", tier_of_new_customers)
    routes = bind_routes(
        BusinessRoutes(store, delivery, sees_more),
        ResearchRoutes(store, delivery, visible_queues, sees_more, recovery_aims),
    )
    app = build_web_app(
        options, routes, build_guard(options, authenticate), WebMetrics(CollectorRegistry()), []
    )
    server = TestServer(app)
    async with server, ClientSession() as session:
        yield Api(session, server)


def outcomes(done: Any) -> list[str]:
    return [row["outcome"] for row in done["rows"]]


def codes(done: Any) -> list[list[str]]:
    return [[one["code"] for one in row["reasons"]] for row in done["rows"]]


# ---- answers -------------------------------------------------------------------------------------


async def test_an_answer_belongs_to_the_address_it_is_known_by(shop: Shop, api: Api) -> None:
    done = await api.sends("answers", ANSWER)
    assert (outcomes(done), done["made_customers"]) == (["created"], 1)
    [answer] = await shop.rows(survey_answers)
    [address] = [one for one in await shop.rows(identities) if one.value_norm == "10023"]
    assert answer.identity_id == address.id
    assert (answer.source, answer.survey_key, answer.question_key) == (
        "lab",
        "autumn",
        "satisfaction",
    )
    assert [row.n for row in await shop.rows(customer_satisfaction)] == [1]
    assert [row.source for row in await shop.rows(feeds)] == ["lab"]


async def test_the_same_again_changes_nothing_and_another_corrects_it(shop: Shop, api: Api) -> None:
    await api.sends("answers", ANSWER)
    assert outcomes(await api.sends("answers", ANSWER)) == ["unchanged"]
    done = await api.sends("answers", ANSWER | {"score": 1, "text": "I meant one"})
    assert outcomes(done) == ["updated"]
    [answer] = await shop.rows(survey_answers)
    assert (answer.score, answer.answer) == (1, "I meant one")
    [total] = await shop.rows(customer_satisfaction)
    assert (total.n, total.last, total.zone) == (1, 1, "defector")
    assert len(await shop.recoveries()) == 1
    assert outcomes(await api.sends("answers", ANSWER, source="other")) == ["created"]


async def test_twice_in_one_delivery_the_last_one_counts(shop: Shop, api: Api) -> None:
    done = await api.sends("answers", ANSWER, ANSWER | {"score": 5})
    assert outcomes(done) == ["created", "unchanged"]
    assert [row.score for row in await shop.rows(survey_answers)] == [5]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"score": 6}, "score.not_one"),
        ({"score": 0}, "score.not_one"),
        ({"score": None}, "answer.empty"),
        ({"score": 4.5}, "row.malformed"),
        ({"external_id": " "}, "external_id.empty"),
        ({"survey": "x" * 65}, "survey.too_long"),
        ({"answered_at": "yesterday"}, "answered_at.not_one"),
        ({"text": "a\u0000b"}, "text.not_text"),
        ({"stars": 4}, "row.malformed"),
    ],
)
async def test_a_wrong_row_gets_its_reason_and_the_rest_goes_on(
    shop: Shop, api: Api, change: dict[str, Any], code: str
) -> None:
    done = await api.sends("answers", ANSWER | change, ANSWER | {"external_id": "q-2"})
    assert outcomes(done) == ["refused", "created"]
    assert codes(done) == [[code], []]
    assert len(await shop.rows(survey_answers)) == 1


async def test_what_is_answered_in_the_future_is_refused_and_makes_nobody(
    shop: Shop, api: Api
) -> None:
    now = await shop.store.read(lambda tx, _: tx.now, None)
    early = ANSWER | {"external_id": "early", "customer_external_id": "nobody"}
    early["answered_at"] = (now + timedelta(hours=25)).isoformat()
    late = ANSWER | {"external_id": "late", "answered_at": (now + timedelta(hours=23)).isoformat()}
    done = await api.sends("answers", early, late)
    assert outcomes(done) == ["refused", "created"]
    assert codes(done) == [["answered_at.to_come"], []]
    assert done["made_customers"] == 1


async def test_other_questions_have_scales_of_their_own(shop: Shop, api: Api) -> None:
    done = await api.sends(
        "answers", ANSWER | {"question": "recommend", "score": 9, "campaign": "spring"}
    )
    assert outcomes(done) == ["created"]
    [answer] = await shop.rows(survey_answers)
    assert (answer.campaign_id, answer.score) == ("spring", 9)
    assert await shop.rows(customer_satisfaction) == []


# ---- facts ---------------------------------------------------------------------------------------


async def test_secondary_data_is_a_dated_fact_with_source_licence_and_place(
    shop: Shop, api: Api
) -> None:
    assert outcomes(await api.sends("facts", FACT)) == ["created"]
    [fact] = await shop.rows(customer_facts)
    assert (fact.source, fact.kind, fact.text) == ("lab", "size", "200 people")
    assert (fact.licence, fact.url) == (FACT["licence"], FACT["url"])
    assert fact.learned_at.isoformat() == "2026-02-28T16:00:00+00:00"  # midnight in Shanghai


async def test_a_fact_is_told_again_corrected_and_taken_back(shop: Shop, api: Api) -> None:
    await api.sends("facts", FACT)
    assert outcomes(await api.sends("facts", FACT)) == ["unchanged"]
    older = FACT | {"text": "100 people", "learned_at": "2026-02-01"}
    assert outcomes(await api.sends("facts", older)) == ["stale"]
    newer = FACT | {"text": "300 people", "learned_at": "2026-03-05"}
    assert outcomes(await api.sends("facts", newer)) == ["updated"]
    assert outcomes(await api.sends("facts", newer | {"withdrawn": True})) == ["updated"]
    assert outcomes(await api.sends("facts", newer | {"withdrawn": True})) == ["unchanged"]
    [fact] = await shop.rows(customer_facts)
    assert fact.text == "300 people"
    assert fact.withdrawn_at is not None


async def test_a_fact_may_be_about_a_competitor_of_the_set_up(shop: Shop, api: Api) -> None:
    done = await api.sends(
        "facts",
        FACT | {"competitor": "艾克米"},
        FACT | {"external_id": "f-2", "competitor": "Nobody Ltd", "customer_external_id": "9"},
    )
    assert outcomes(done) == ["created", "refused"]
    assert codes(done) == [[], ["competitor.unknown"]]
    assert [row.competitor_id for row in await shop.rows(customer_facts)] == ["acme"]
    known = [row for row in await shop.rows(identities) if row.value_norm == "9"]
    assert known == []  # nobody was made for a row that is refused
    assert len(await shop.rows(customers)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x.example",
        "https://a b",
        "https://",
        "//x.example",
        'https://x.example/"onclick',
        "https://user@x.example/",
        "https://x.example/" + "a" * 500,
    ],
)
async def test_what_is_no_web_address_is_refused(shop: Shop, api: Api, url: str) -> None:
    done = await api.sends("facts", FACT | {"url": url})
    assert outcomes(done) == ["refused"]
    assert codes(done)[0][0].startswith("url.")
