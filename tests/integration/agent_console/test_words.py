"""Canned responses, macros and tags over REST: who makes them, who uses them, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hub.web import Role

from .conftest import Person, Place
from .test_drafts import taken
from .test_files_and_starts import PNG, download, upload

HELLO = {"en": {"title": "Hello", "text": "Dear {customer.name}, on {?Date of visit}."}}


async def add(person: Person, **changes: object) -> tuple[int, Any]:
    return await person.ask("POST", "/responses", {"texts": HELLO, **changes})


async def listed(person: Person) -> dict[str, Any]:
    _, page = await person.ask("GET", "/responses")
    return {one["id"]: one for one in page["items"]}


async def test_a_supervisor_writes_for_their_team_and_an_agent_for_themselves(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    other = await place.hire("other", Role.SUPERVISOR, "south")
    boss = await place.hire("boss", Role.ADMIN)
    status, made = await add(lead, teams=["team"], category="Visits")
    assert status == 201
    assert (await add(chen, teams=["team"]))[0] == 403
    assert (await add(lead))[0] == 403  # of all teams
    assert (await add(lead, teams=["south"]))[0] == 403
    status, own = await add(chen, own=True)
    assert status == 201
    _, everybodys = await add(boss)
    assert set(await listed(chen)) == {made["id"], own["id"], everybodys["id"]}
    assert set(await listed(lead)) == {made["id"], everybodys["id"]}
    assert set(await listed(other)) == {everybodys["id"]}
    shown = (await listed(chen))[made["id"]]
    assert (shown["origin"], shown["may_change"], shown["category"]) == ("team", False, "Visits")
    change = {"texts": HELLO, "teams": ["team"], "version": 1}
    assert (await chen.ask("PUT", f"/responses/{made['id']}", change))[0] == 403
    assert (await other.ask("PUT", f"/responses/{made['id']}", change))[0] == 404
    assert (await lead.ask("PUT", f"/responses/{made['id']}", change))[0] in (200, 204)
    status, problem = await lead.ask("PUT", f"/responses/{made['id']}", change)
    assert (status, problem["code"]) == (409, "words.changed")
    assert (await lead.ask("DELETE", f"/responses/{own['id']}"))[0] == 404  # somebody's own
    _, history = await lead.ask("GET", f"/responses/{made['id']}/history")
    assert [line["action"] for line in history["items"]] == ["response.change", "response.add"]
    assert (await lead.ask("DELETE", f"/responses/{made['id']}"))[0] in (200, 204)
    assert made["id"] not in await listed(chen)


async def test_whoever_loses_or_gets_a_response_is_told(place: Place) -> None:
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    _, made = await add(lead, teams=["team"])
    path, told = f"/responses/{made['id']}", []
    for own in (True, True, False):  # taken from the team, changed by its owner, given back
        version = (await listed(lead))[made["id"]]["version"]
        change = {"texts": HELLO, "own": own, "teams": [] if own else ["team"], "version": version}
        with place.hub.bus.subscribe(["words.changed"]) as hints:
            assert (await lead.ask("PUT", path, change))[0] in (200, 204)
            told.append(len(await hints.next(0)))
    assert told == [1, 0, 1]


@pytest.mark.parametrize(
    ("texts", "status", "code"),
    [
        ({"en": {"title": "A", "text": "Dear {custmer}"}}, 422, "words.placeholder"),
        ({"en": {"title": "A", "text": "On {?}"}}, 422, "words.placeholder"),
        ({"en": {"title": "A", "html": "<p>Dear {cus<b>tomer}</b></p>"}}, 422, "words.placeholder"),
        ({"en": {"title": "A", "html": "<p>On {?D<i>ay</i>}</p>"}}, 422, "words.placeholder"),
        ({"en": {"title": "A", "text": " "}}, 422, "words.empty"),
        ({"en": {"title": "", "text": "x"}}, 422, ""),
        ({"en": {"title": "A", "text": "x" * 10_001}}, 422, ""),
        ({}, 422, ""),
    ],
)
async def test_a_response_that_would_not_work_is_refused(
    place: Place, texts: dict[str, object], status: int, code: str
) -> None:
    boss = await place.hire("boss", Role.ADMIN)
    found, problem = await boss.ask("POST", "/responses", {"texts": texts})
    assert found == status
    assert not code or problem["code"] == code


async def test_formatting_is_cleaned_and_titles_are_found_in_pinyin(place: Place) -> None:
    boss = await place.hire("boss", Role.ADMIN)
    html = "<p><b>您好</b><script>1</script></p>"
    texts = {"zh-CN": {"title": "上门确认", "html": html}}
    _, made = await boss.ask("POST", "/responses", {"texts": texts})
    text = (await listed(boss))[made["id"]]["texts"]["zh-CN"]
    assert (text["text"], text["html"]) == ("您好", "<p><b>您好</b></p>")
    assert "smqr" in text["found_by"]


async def test_formatting_with_placeholders_is_kept_and_its_words_are_told_as_text(
    place: Place,
) -> None:
    boss = await place.hire("boss", Role.ADMIN)
    html = (
        "<p>Dear <strong>{customer.name}</strong> {?Day|Mon &amp; Tue}:</p><ul><li><p>{today}</p>"
        '</li></ul><p><a href="https://shop.example/{contact.reference}">shop</a></p>'
    )
    _, made = await boss.ask("POST", "/responses", {"texts": {"en": {"title": "A", "html": html}}})
    text = (await listed(boss))[made["id"]]["texts"]["en"]
    assert "{contact.reference}" in text["html"]
    assert "<strong>{customer.name}</strong> {?Day|Mon &amp; Tue}" in text["html"]
    assert text["text"] == (
        "Dear {customer.name} {?Day|Mon & Tue}:\n\n- {today}\n\n"
        "shop <https://shop.example/{contact.reference}>"
    )


async def test_its_files_are_copied_to_the_answer_and_uses_are_counted(place: Place) -> None:
    boss = await place.hire("boss", Role.ADMIN)
    chen = await place.hire("chen", Role.AGENT, "team")
    _, file = await upload(boss, PNG, "plan.png", "image/png")
    _, one = await add(boss, attachments=[file["id"]])
    _, two = await add(boss)
    assert next(iter(await listed(chen))) in (one["id"], two["id"])
    taken_files = []
    for _ in range(2):
        status, page = await chen.ask("POST", f"/responses/{one['id']}/use")
        assert status == 200
        taken_files += page["items"]
    assert len({kept["id"] for kept in taken_files}) == 2
    assert (await download(chen, taken_files[0]["url"]))[2] == PNG
    assert next(iter(await listed(chen))) == one["id"]  # the most used first
    assert (await listed(chen))[one["id"]]["uses"] == 2
    status, problem = await chen.ask("POST", "/responses/nope/use")
    assert (status, problem["code"]) == (404, "not_found")
    stolen = await add(chen, own=True, attachments=[file["id"]])
    assert stolen[0] == 422


async def test_placeholders_are_what_is_known_of_the_contact(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/placeholders"
    assert (await stranger.ask("GET", path))[0] == 404
    _, shown = await chen.ask("GET", path)
    assert shown["values"]["agent.name"] == "Chen"
    assert shown["values"]["contact.reference"]
    assert "customer.name" not in shown["values"]  # nobody has told it
    assert shown["queue_en"] == "support"


async def test_tags_are_made_by_admins_and_put_on_by_who_sees_the_contact(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    boss = await place.hire("boss", Role.ADMIN)
    tag = {"key": "refund", "zh": "退款", "en": "Refund", "colour": "amber"}
    assert (await lead.ask("POST", "/tags", tag))[0] == 403
    assert (await boss.ask("POST", "/tags", tag))[0] == 201
    status, problem = await boss.ask("POST", "/tags", tag)
    assert (status, problem["code"]) == (409, "tag.exists")
    assert (await boss.ask("POST", "/tags", {**tag, "key": "x", "colour": "#f00"}))[0] == 422
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    other = (await place.write_in("Hello", "mail", "d@example.test")).contact_id
    path = f"/contacts/{contact}/tags"
    assert (await stranger.ask("POST", path, {"add": ["refund"]}))[0] == 404
    status, problem = await chen.ask("POST", path, {"add": ["nope"]})
    assert (status, problem["code"]) == (422, "tags.unknown")
    async with chen.console().signed_in() as agent:
        await taken(agent)
        await agent.until(lambda: str(contact) in agent.contacts)
        before = agent.contacts[str(contact)].version
        assert await chen.ask("POST", path, {"add": ["refund"]}) == (200, {"tags": ["refund"]})
        await agent.until(lambda: agent.contacts[str(contact)].tags == ["refund"])
        assert agent.contacts[str(contact)].version > before
    _, found = await chen.ask("GET", "/contacts?tag=refund")
    assert [row["id"] for row in found["items"]] == [contact]
    _, all_of_them = await chen.ask("GET", "/contacts")
    assert {row["id"] for row in all_of_them["items"]} == {contact, other}
    change = {"version": 1, "zh": "退款", "en": "Refund", "colour": "red", "retired": True}
    assert (await boss.ask("PUT", "/tags/refund", change))[0] == 200
    assert (await boss.ask("PUT", "/tags/refund", change))[0] == 409
    assert (await chen.ask("POST", f"/contacts/{other}/tags", {"add": ["refund"]}))[0] == 422
    assert await chen.ask("POST", path, {"remove": ["refund"]}) == (200, {"tags": []})
    _, shown = await chen.ask("GET", f"/contacts/{contact}")
    conversation = shown["contact"]["conversation_id"]
    _, entries = await chen.ask("GET", f"/conversations/{conversation}/interactions")
    told = [e["meta"] for e in entries["items"] if e["meta"].get("code") == "tagged"]
    assert [(meta["added"], meta["removed"]) for meta in told] == [
        (["refund"], []),
        ([], ["refund"]),
    ]
    _, setup = await chen.ask("GET", "/setup")
    assert setup["tags"] == [
        {"id": "refund", "zh": "退款", "en": "Refund", "colour": "red", "retired": True}
    ]


async def test_a_macro_is_made_by_supervisors_and_run_on_ones_own_contact(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    far = await place.hire("far", Role.AGENT, "south")
    steps: list[dict[str, object]] = [
        {"do": "reply", "texts": {"en": "Dear {customer.name}"}},
        {"do": "note", "text": "Told them."},
        {"do": "park", "for_s": 3600},
    ]
    body = {"zh": "安排", "en": "Arrange", "steps": steps, "teams": ["team"]}
    assert (await chen.ask("POST", "/macros", body))[0] == 403
    assert (await lead.ask("POST", "/macros", {**body, "teams": []}))[0] == 403
    status, problem = await lead.ask("POST", "/macros", {**body, "steps": list(reversed(steps))})
    assert (status, problem["code"]) == (422, "macro.steps")
    bad = [{"do": "close", "reason_id": "nope"}]
    status, problem = await lead.ask("POST", "/macros", {**body, "steps": bad})
    assert (status, problem["code"]) == (422, "macro.unknown")
    status, made = await lead.ask("POST", "/macros", body)
    assert status == 201
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/macros/{made['id']}"
    ask = {"client_id": "x1", "language": "en", "words": {"0": "Dear Chen"}, "undo_s": 20}
    async with chen.console().signed_in() as agent:
        await taken(agent)
        assert (await li.ask("POST", path, ask))[0] == 403
        assert (await far.ask("POST", path, ask))[0] == 404
        status, ran = await chen.ask("POST", path, ask)
        assert status == 200
        assert ran["done"] == ["reply", "note", "park"]
        assert await chen.ask("POST", path, ask) == (200, ran)
        await agent.until(lambda: agent.contacts[str(contact)].state == "parked")
        _, waits = await chen.ask("GET", f"/contacts/{contact}/scheduled")
        assert [one["id"] for one in waits["items"]] == [ran["scheduled_id"]]
        assert waits["items"][0]["undo"] is True
    _, shown = await chen.ask("GET", "/macros")
    assert [(one["en"], one["uses"]) for one in shown["items"]] == [("Arrange", 1)]
    assert (await far.ask("GET", "/macros"))[1]["items"] == []
    change = {**body, "en": "Arranged", "version": 1}
    assert (await lead.ask("PUT", f"/macros/{made['id']}", change))[0] in (200, 204)
    assert (await lead.ask("PUT", f"/macros/{made['id']}", change))[0] == 409
    assert (await lead.ask("DELETE", f"/macros/{made['id']}"))[0] in (200, 204)
    assert (await chen.ask("POST", path, {**ask, "client_id": "x2"}))[0] == 404


async def test_an_answer_is_put_aside_looked_at_changed_and_cancelled(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/scheduled"
    body = {"client_id": "s1", "html": "<p>To<b>morrow</b></p>", "subject": "Re: Hello"}
    async with chen.console().signed_in() as agent:
        await taken(agent)
        _, shown = await chen.ask("GET", path)
        assert shown["items"] == []
        at = shown["presets"][-1]["at"]
        assert (await chen.ask("POST", path, {**body, "send_at": "2020-01-01T00:00:00Z"}))[0] == 422
        status, made = await chen.ask("POST", path, {**body, "send_at": at})
        assert (status, made["text"], made["html"]) == (201, "Tomorrow", body["html"])
        await agent.until(lambda: agent.contacts[str(contact)].scheduled_at is not None)
        mine = f"/scheduled/{made['id']}"
        assert (await stranger.ask("POST", f"{mine}/send", {"version": 1}))[0] == 404
        status, problem = await li.ask("POST", f"{mine}/cancel", {"version": 1})
        assert (status, problem["code"]) == (403, "later.not_yours")
        later = {"version": 1, "send_at": shown["presets"][0]["at"]}
        assert (await chen.ask("PUT", mine, later))[0] in (200, 204)
        assert (await chen.ask("PUT", mine, later))[0] == 409
        status, back = await chen.ask("POST", f"{mine}/cancel", {"version": 2})
        assert (status, back["subject"]) == (200, "Re: Hello")
        await agent.until(lambda: agent.contacts[str(contact)].scheduled_at is None)
        assert (await chen.ask("POST", f"{mine}/send", {"version": 2}))[0] == 404
        sent = {"client_id": "s3", "text": "Wait", "undo_s": 30}
        assert (await chen.ask("POST", path, sent))[0] == 201
        assert (await li.ask("POST", "/scheduled/take-back", {"client_id": "s3"}))[0] == 204
        assert len((await chen.ask("GET", path))[1]["items"]) == 1  # it was not theirs
        assert (await chen.ask("POST", "/scheduled/take-back", {"client_id": "s3"}))[0] == 204
        status, problem = await chen.ask("POST", path, sent)
        assert (status, problem["code"]) == (409, "later.taken_back")
        quick = {"client_id": "s2", "text": "At once", "undo_s": 0}
        assert (await chen.ask("POST", path, quick))[0] == 201
        await agent.until(lambda: agent.contacts[str(contact)].answered_at is not None)
        assert (await chen.ask("GET", path))[1]["items"] == []
    _, one = await chen.ask("GET", f"/contacts/{contact}")
    conversation = one["contact"]["conversation_id"]
    _, entries = await chen.ask("GET", f"/conversations/{conversation}/interactions")
    assert [e["text"] for e in entries["items"] if e["direction"] == "out"] == ["At once"]


async def test_a_copy_of_what_was_put_aside_is_known_though_the_contact_went_out_of_sight(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}"
    sent = {"client_id": "s1", "text": "It is done", "undo_s": 30}
    async with chen.console().signed_in() as agent:
        await taken(agent)
        status, made = await chen.ask("POST", f"{path}/scheduled", sent)
        assert status == 201
        assert (await chen.ask("POST", f"{path}/transfer", {"queue_id": "finance"}))[0] == 204
    assert (await chen.ask("GET", f"{path}/scheduled"))[0] == 404
    status, again = await chen.ask("POST", f"{path}/scheduled", sent)
    assert (status, again["id"]) == (201, made["id"])
    assert (await li.ask("POST", f"{path}/scheduled", sent))[0] == 404  # it is not theirs
    assert (await chen.ask("POST", f"{path}/scheduled", {**sent, "client_id": "s2"}))[0] == 404
    assert (await chen.ask("POST", "/scheduled/take-back", {"client_id": "s1"}))[0] == 204
    status, problem = await chen.ask("POST", f"{path}/scheduled", sent)
    assert (status, problem["code"]) == (409, "later.taken_back")


@pytest.mark.parametrize(
    ("by", "how", "body"),
    [
        ("boss", "close", {}),
        ("chen", "close-together", {"contact_ids": []}),
        ("chen", "end", {}),
    ],
)
async def test_closing_sends_first_what_could_still_be_taken_back(
    place: Place, by: str, how: str, body: dict[str, object]
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}"
    async with chen.console().signed_in() as agent:
        await taken(agent)
        sent = {"client_id": "s1", "text": "It is done", "undo_s": 30}
        assert (await chen.ask("POST", f"{path}/scheduled", sent))[0] == 201
        status, _ = await {"chen": chen, "boss": boss}[by].ask("POST", f"{path}/{how}", body)
        assert status in (200, 204)
    _, one = await chen.ask("GET", path)
    assert (one["contact"]["state"], one["contact"]["answered_at"] is None) == ("closed", False)
    assert (await chen.ask("GET", f"{path}/scheduled"))[1]["items"] == []
    conversation = one["contact"]["conversation_id"]
    _, entries = await chen.ask("GET", f"/conversations/{conversation}/interactions")
    assert [e["text"] for e in entries["items"] if e["direction"] == "out"] == ["It is done"]


async def test_closing_with_an_answer_that_can_be_taken_back_is_taken_back_with_it(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = str((await place.write_in("Hello", "mail", "c@example.test")).contact_id)
    path = f"/contacts/{contact}"
    async with chen.console().signed_in() as agent:
        await taken(agent)
        sent = {"client_id": "s1", "text": "It is done", "undo_s": 30}
        assert (await chen.ask("POST", f"{path}/scheduled", sent))[0] == 201
        assert (await chen.ask("POST", f"{path}/close", {}))[0] in (200, 204)
        await agent.until(lambda: agent.contacts[contact].closing)
        assert agent.contacts[contact].state == "active"
        back = {"client_id": "s1"}
        assert (await chen.ask("POST", "/scheduled/take-back", back))[0] in (200, 204)
        await agent.until(lambda: not agent.contacts[contact].closing)
        assert agent.contacts[contact].state == "active"
