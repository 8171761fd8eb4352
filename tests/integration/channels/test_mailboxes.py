"""A mailbox connected in the pages: mail comes and goes by it at once, its secrets stay inside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.core.ids import new_id
from hub.setup.tables import mail_connections
from hub.storage import Tx
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.web import Role
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, settled
from tests.unit.mail.samples import raw_mail

from .asker import Asker, sign_in

BOX = "/api/v1/entry-points/sales-mail/mailbox"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[PrivateDovecot]:
    try:
        opened = PrivateDovecot()
    except DovecotMissing as missing:
        skip_missing(str(missing))
    with opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as opened:
        yield opened


async def add_point(admin: Asker) -> None:
    """Add an entry point for mail in the pages, while the hub runs."""
    _, stored = await admin.ask("GET", "/api/v1/setup/document")
    known = next(one for one in stored["setup"]["entry_points"] if one["channel"] == "email")
    added = {**known, "key": "sales-mail", "address": "sales@example.test", "settings": {}}
    stored["setup"]["entry_points"].append(added)
    body = {"base": stored["version"]["id"], "setup": stored["setup"]}
    status, changed = await admin.ask("PUT", "/api/v1/setup/document", body)
    assert status == 200, changed


def body(dovecot: PrivateDovecot, sink: SmtpSink, user: str, **secrets: str) -> dict[str, Any]:
    plain = {"host": "127.0.0.1", "tls": "none"}
    return {
        "mailbox": {
            "imap": {**plain, "port": dovecot.port, "user": user},
            "smtp": {**plain, "port": sink.port},
            "same_sign_in": False,
            "processed_folder": "Processed",
        },
        "secrets": secrets,
    }


async def test_mail_comes_and_goes_by_it_without_a_restart(
    stage: Stage, admin: Asker, dovecot: PrivateDovecot, sink: SmtpSink
) -> None:
    await add_point(admin)
    user = f"sales-{new_id()}"
    assert (await admin.ask("GET", BOX))[1]["source"] == "none"
    wish = body(dovecot, sink, user, imap_password=PASSWORD)
    status, steps = await admin.ask("POST", f"{BOX}/check", wish)
    assert status == 200
    told = [json.loads(line)["code"] for line in steps.splitlines()]
    assert told[-3:] == ["mail.connects", "mail.answers", "mail.may_send"]
    assert "mail.made" in told
    assert (await admin.ask("GET", BOX))[1]["source"] == "none", "a check changes nothing"

    status, view = await admin.ask("PUT", BOX, wish)
    assert (status, view["source"], view["locked"]) == (200, "page", False)
    assert list(view["secrets_at"]) == ["imap_password"]
    await asyncio.to_thread(dovecot.put, user, raw_mail("plain_english"))

    async def filed() -> bool:
        return any(one.entry_point_id == "sales-mail" for one in await stage.contacts())

    await settled(filed)
    await asyncio.to_thread(_until_moved, dovecot, user)
    states = {one["key"]: one for one in (await admin.ask("GET", "/api/v1/entry-points"))[1]}
    assert (states["sales-mail"]["served"], states["sales-mail"]["trouble"]) == (True, [])

    test = {"language": "en", "entry_point": "sales-mail"}
    status, sent = await admin.ask("POST", "/api/v1/setup/templates/chat_reminder/test", test)
    assert status == 200, sent
    (mail,) = await sink.wait_for(1)
    assert b"sales@example.test" in mail.raw

    status, _ = await admin.ask("DELETE", BOX)
    assert status == 204
    assert (await admin.ask("DELETE", BOX))[0] == 404

    async def gone() -> bool:
        _, states = await admin.ask("GET", "/api/v1/entry-points")
        return any(one["trouble"] == ["no_mailbox"] for one in states)

    await settled(gone)


def _until_moved(dovecot: PrivateDovecot, user: str) -> None:
    for _ in range(200):
        if dovecot.count(user, folder="Processed") == 1:
            return
    raise AssertionError("the mail was not moved")


async def test_its_secrets_are_in_no_answer_no_row_no_audit_line_and_go_to_no_other_server(
    stage: Stage, admin: Asker, dovecot: PrivateDovecot, sink: SmtpSink
) -> None:
    await add_point(admin)
    wish = body(dovecot, sink, "li", imap_password="geheim-7291")
    assert (await admin.ask("PUT", BOX, wish))[0] == 200
    kept = {**wish, "secrets": {}}
    assert (await admin.ask("PUT", BOX, kept))[0] == 200, "what is not typed stays as it is"
    for path in (BOX, "/api/v1/setup/document", "/api/v1/audit", "/api/v1/entry-points"):
        assert "geheim-7291" not in json.dumps((await admin.ask("GET", path))[1])

    def rows(tx: Tx, _: None) -> str:
        tables = (mail_connections, audit_log)
        return " ".join(str(tuple(row)) for one in tables for row in tx.execute(select(one)))

    told = await stage.hub.store.read(rows, None)
    assert "mailbox.connect" in told
    assert "geheim-7291" not in told
    assert stage.hub.settings.mail_key_path().stat().st_mode & 0o077 == 0

    for change in ({"host": "imap.evil.example"}, {"user": "wang"}):
        elsewhere = json.loads(json.dumps(kept))
        elsewhere["mailbox"]["imap"].update(change)
        for method, path in (("PUT", BOX), ("POST", f"{BOX}/check")):
            status, refused = await admin.ask(method, path, elsewhere)
            assert (status, refused["code"]) == (422, "mailbox.secret"), change
    barred = {"mailbox": {"imap": {"host": "127.0.0.1", "port": 22, "user": "li"}}}
    for method, path in (("PUT", BOX), ("POST", f"{BOX}/check")):
        status, refused = await admin.ask(method, path, barred)
        assert (status, refused["code"]) == (422, "mailbox.wrong")
        assert refused["problems"][0]["path"] == "imap.port"


async def test_a_mailbox_of_the_file_is_shown_and_not_changed_here(
    stage: Stage, admin: Asker
) -> None:
    path = "/api/v1/entry-points/mail/mailbox"
    _, view = await admin.ask("GET", path)
    assert (view["source"], view["place"]) == ("file", "mail.mailboxes.0")
    assert view["mailbox"]["smtp"]["host"] == "127.0.0.1"
    status, steps = await admin.ask("POST", f"{path}/check", {"send": True})
    told = [json.loads(line)["code"] for line in steps.splitlines()]
    assert (status, told[-2:]) == (200, ["mail.test_sent", "mail.not_looked"])
    assert "X-Contact-Hub-Test" in (await stage.mails.wait_for(1))[0].raw.decode()
    wish = {"mailbox": {"smtp": {"host": "smtp.example.org"}}}
    unsaved = {"send": True, **wish}
    assert (await admin.ask("POST", f"{path}/check", unsaved))[0] == 422
    status, refused = await admin.ask("PUT", path, wish)
    assert (status, refused["code"]) == (409, "mailbox.in_file")
    assert (await admin.ask("GET", "/api/v1/entry-points/hotline/mailbox"))[0] == 404
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        boss = await sign_in(stage, other, Role.SUPERVISOR)
        assert (await boss.ask("GET", path))[0] == 403


async def test_a_key_that_is_gone_is_said_and_the_mailbox_can_be_set_anew(
    stage: Stage, admin: Asker, dovecot: PrivateDovecot, sink: SmtpSink
) -> None:
    await add_point(admin)
    wish = body(dovecot, sink, "li", imap_password=PASSWORD)
    assert (await admin.ask("PUT", BOX, wish))[0] == 200

    def spoil(tx: Tx, _: None) -> None:
        tx.execute(mail_connections.update().values(sealed="AAAA" * 16))
        tx.hint("mailbox.changed", "sales-mail")

    await stage.hub.store.write(spoil, None)

    async def locked() -> bool:
        _, states = await admin.ask("GET", "/api/v1/entry-points")
        return any(one["trouble"] == ["locked_mailbox"] for one in states)

    await settled(locked)
    assert (await admin.ask("GET", BOX))[1]["locked"] is True
    status, refused = await admin.ask("PUT", BOX, {**wish, "secrets": {}})
    assert (status, refused["code"]) == (422, "mailbox.secret")
    assert (await admin.ask("PUT", BOX, wish))[0] == 200
    assert (await admin.ask("GET", BOX))[1]["locked"] is False
