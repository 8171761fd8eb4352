"""Files that agents send and get, contacts that agents begin or file, over a whole hub."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from aiohttp import FormData

from hub.web import Role

from .conftest import Person, Place

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


async def upload(person: Person, data: bytes, name: str, kind: str) -> tuple[int, Any]:
    form = FormData()
    form.add_field("file", BytesIO(data), filename=name, content_type=kind)
    async with person.session.post(
        f"{person.hub.base_url}/api/v1/attachments",
        data=form,
        headers={"Authorization": f"Bearer {person.key}"},
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def download(person: Person, url: str) -> tuple[int, dict[str, str], bytes]:
    headers = {"Authorization": f"Bearer {person.key}"}
    async with person.session.get(person.hub.base_url + url, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def test_an_upload_is_its_uploaders_alone_until_it_is_sent(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    status, file = await upload(chen, PNG, "photo.png", "text/html")
    assert status == 201
    assert (file["media_type"], file["name"], file["size_bytes"]) == ("image/png", "photo.png", 40)
    assert (await download(chen, file["url"]))[2] == PNG
    assert (await download(li, file["url"]))[0] == 404


async def test_a_sent_file_is_seen_by_who_sees_the_conversation(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    _, file = await upload(chen, PNG, "photo.png", "image/png")
    receipt = await place.write_in("Hello")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        await agent.until(lambda: bool(agent.offers))
        await agent.accept(next(iter(agent.offers)))
        body = {"client_id": "c1", "text": "Look", "attachments": [file["id"]]}
        assert (await chen.ask("POST", f"/contacts/{receipt.contact_id}/reply", body))[0] == 200
    assert (await download(li, file["url"]))[0] == 200
    assert (await download(stranger, file["url"]))[0] == 404


async def test_a_page_someone_uploads_is_never_shown_by_us_as_a_page(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    for data, name in ((b"<html><script>1</script>", "a.png"), (b"<svg onload=1>", "a.svg")):
        _, file = await upload(chen, data, name, "image/png")
        status, headers, _ = await download(chen, file["url"])
        assert status == 200
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in headers["Content-Security-Policy"]


async def test_a_file_over_the_limit_leaves_nothing(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    limit = place.hub.settings.limits.attachment_bytes
    status, problem = await upload(chen, b"x" * (limit + 1), "big.bin", "application/zip")
    assert (status, problem["code"]) == (413, "too_large")
    assert [path for path in place.hub.settings.blobs_path().rglob("*") if path.is_file()] == []


async def test_a_form_without_a_file_is_refused(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    for body in ({"file": "words"}, None):
        assert (await chen.ask("POST", "/attachments", body))[0] == 400


async def test_the_same_contact_is_filed_once(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    body = {
        "channel": "email",
        "entry_point_id": "mail",
        "identities": [{"kind": "email", "value": "wang@example.test", "name": "Wang"}],
        "text": "Asked in the shop for a quote",
        "dedupe_key": "shop-17",
    }
    first = await chen.ask("POST", "/contacts", body)
    assert first[0] == 201
    assert await chen.ask("POST", "/contacts", body) == first
    _, listed = await chen.ask("GET", "/contacts?state=queued")
    assert [row["id"] for row in listed["items"]] == [first[1]["contact_id"]]
    _, entries = await chen.ask("GET", f"/conversations/{first[1]['conversation_id']}/interactions")
    assert entries["items"][0]["text"] == "Asked in the shop for a quote"


async def test_nobody_files_into_another_teams_queue(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    body = {
        "channel": "email",
        "entry_point_id": "finance-mail",
        "identities": [{"kind": "email", "value": "wang@example.test"}],
        "text": "x",
        "dedupe_key": "k",
    }
    assert (await chen.ask("POST", "/contacts", body))[0] == 403


async def test_an_agent_begins_a_mail_that_is_theirs_at_once(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    async with chen.console().signed_in() as agent:
        await agent.set_state("not_ready", "backoffice")
        status, begun = await chen.ask(
            "POST",
            "/contacts",
            {
                "channel": "email",
                "direction": "out",
                "identities": [{"kind": "email", "value": "wang@example.test"}],
                "subject": "Your quote",
                "text": "Here it is",
            },
        )
        assert status == 201
        await agent.until(lambda: begun["contact_id"] in agent.contacts)
    _, detail = await chen.ask("GET", f"/contacts/{begun['contact_id']}")
    assert detail["contact"]["state"] == "active"
    assert detail["recipients"]["to"] == ["wang@example.test"]
    assert detail["last_seq"] == 1


async def test_the_figures_of_a_queue_move_with_its_contacts(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    await place.write_in("Hello")
    _, queues = await chen.ask("GET", "/queues")
    [support] = queues["items"]
    assert (support["waiting"], support["handling"]) == (1, 0)
    assert support["longest_wait_s"] is not None


async def test_a_supervisor_learns_why_a_contact_waits_an_agent_does_not(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    path = f"/contacts/{receipt.contact_id}/why"
    assert (await chen.ask("GET", path))[0] == 403
    for _ in range(200):  # the router takes it in within its poll
        status, why = await boss.ask("GET", path)
        if status == 200:
            break
    assert "nobody of this queue is signed in" in why["en"]


async def test_a_supervisor_who_acts_for_an_agent_stands_in_the_audit_log(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    admin = await place.hire("admin", Role.ADMIN)
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        await agent.until(lambda: bool(agent.offers))
        await agent.accept(next(iter(agent.offers)))
        moved = await boss.ask(
            "POST", f"/contacts/{receipt.contact_id}/transfer", {"queue_id": "finance"}
        )
        assert moved[0] == 204
        await agent.until(lambda: receipt.contact_id not in agent.contacts)
    _, log = await admin.ask("GET", f"/audit?object={receipt.contact_id}")
    assert [(line["action"], line["actor_name"]) for line in log["items"]] == [
        ("contact.transfer", "Boss")
    ]
