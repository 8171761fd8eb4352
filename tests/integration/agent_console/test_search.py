"""Finding what was said: Chinese and English, page by page, and only what one may see."""

from __future__ import annotations

import pytest

from hub.agent_console import search
from hub.agent_console.views import said
from hub.web import Role

from .conftest import Place


async def test_what_customers_wrote_is_found_newest_first_page_by_page(place: Place) -> None:
    agent = await place.hire("ann", Role.AGENT, "team")
    for number in range(5):
        await place.write_in(f"Washer {number} leaks at the door", who=f"visitor-{number}")
    await place.write_in("洗衣机门边漏水，上个月就写过信了")
    status, page = await agent.ask("GET", "/interactions?q=washer+leaks&limit=3")
    assert status == 200
    assert [item["excerpt"][:8] for item in page["items"]] == ["Washer 4", "Washer 3", "Washer 2"]
    _, rest = await agent.ask("GET", f"/interactions?q=washer+leaks&limit=3&after={page['after']}")
    assert [item["excerpt"][:8] for item in rest["items"]] == ["Washer 1", "Washer 0"]
    assert rest["after"] is None
    _, chinese = await agent.ask("GET", "/interactions?q=漏水")
    [found] = chinese["items"]
    assert found["excerpt"] == "洗衣机门边漏水，上个月就写过信了"
    assert found["contact"]["channel"] == "webchat"


async def test_what_one_may_not_see_is_passed_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "MAX_HITS", 2)
    agent = await place.hire("ann", Role.AGENT, "team")
    await place.write_in("An old invoice is wrong")
    for number in range(3):
        await place.write_in(f"Invoice {number}", "finance-mail", f"chen{number}@example.test")
    _, page = await agent.ask("GET", "/interactions?q=invoice")
    assert [item["excerpt"] for item in page["items"]] == ["An old invoice is wrong"]
    assert page["after"] is None


async def test_a_page_of_what_one_may_not_see_says_that_there_may_be_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "MAX_HITS", 2)
    monkeypatch.setattr(said, "_SEARCHES", 2)
    agent = await place.hire("ann", Role.AGENT, "team")
    await place.write_in("An old invoice is wrong")
    for number in range(4):
        await place.write_in(f"Invoice {number}", "finance-mail", f"chen{number}@example.test")
    _, page = await agent.ask("GET", "/interactions?q=invoice")
    assert page["items"] == []
    _, rest = await agent.ask("GET", f"/interactions?q=invoice&after={page['after']}")
    assert [item["excerpt"] for item in rest["items"]] == ["An old invoice is wrong"]


async def test_one_finds_ones_own_note(place: Place) -> None:
    agent = await place.hire("ann", Role.AGENT, "team")
    contact_id = (await place.write_in("Hello")).contact_id
    note = {"client_id": "note-0001", "text": "Promised a spare hose by Friday"}
    assert (await agent.ask("POST", f"/contacts/{contact_id}/note", note))[0] < 300
    _, page = await agent.ask("GET", "/interactions?q=spare+hos")
    assert [(item["kind"], item["excerpt"]) for item in page["items"]] == [("note", note["text"])]


async def test_the_word_being_typed_is_completed_from_three_letters_on(place: Place) -> None:
    agent = await place.hire("ann", Role.AGENT, "team")
    await place.write_in("The washer leaks")
    counts = []
    for typed in ("wa", "was", "washer+le", "washer+lea"):
        _, page = await agent.ask("GET", f"/interactions?q={typed}")
        counts.append(len(page["items"]))
    assert counts == [0, 1, 0, 1]


async def test_what_is_in_quarantine_is_not_found(place: Place) -> None:
    agent = await place.hire("ann", Role.AGENT, "team")
    await place.write_in("Cheap washers", "mail", "spam@example.test", "spam")
    await place.write_in("My washer leaks", "mail", "li@example.test")
    _, page = await agent.ask("GET", "/interactions?q=washer")
    assert [item["excerpt"] for item in page["items"]] == ["My washer leaks"]


@pytest.mark.parametrize("query", ["", "?q=", "?q=x&after=%21", f"?q={'x' * 201}"])
async def test_a_search_that_says_nothing_is_refused(place: Place, query: str) -> None:
    agent = await place.hire("ann", Role.AGENT, "team")
    assert (await agent.ask("GET", f"/interactions{query}"))[0] in (400, 422)


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("It leaks.\n\nSince  May.", "since", "It leaks. Since May."),
        (f"{'a ' * 100}leak {'b ' * 100}", "LEAK", f"…{'a ' * 20}leak {'b ' * 57}b…"),
        ("x" * 200, "nothing", f"{'x' * 160}…"),
    ],
)
def test_an_excerpt_is_one_line_around_the_words(text: str, typed: str, shown: str) -> None:
    assert search.excerpt(text, typed) == shown
