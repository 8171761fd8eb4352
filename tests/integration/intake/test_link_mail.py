"""Links by which colleagues set their password, by mail: to their own mailbox only, in their
language, not too often, and with nothing of them left behind.
"""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.audit import ListAudit, list_audit
from hub.accounts.link_letter import NotMailed
from hub.accounts.links import MadeLink, MakePasswordLink, forget_old_links, make_password_link
from hub.accounts.model import SYSTEM, digest_of, new_token
from hub.accounts.service import AddUser, add_user, end_password_link
from hub.contacts.effects import Effect, Send
from hub.contacts.tables import entry_points
from hub.intake.link_mail import link_mailer
from hub.storage import Store, Tx
from hub.storage.outbox import OutboxState, outbox
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.web import Principal, Role
from hub.web.principal import Via

HERS = "li@example.test"
URL = "https://hub.example/set-password#"
BOSS = Principal("boss", "Wang Fang", Role.ADMIN, frozenset(), Via.SESSION, "boss-session")


class Desk:
    """Where links are made. `senders`: the entry points that can send."""

    def __init__(self, store: Store, senders: tuple[str, ...] = ("shop-chat", "mail")) -> None:
        self.store = store
        self.mail = link_mailer(lambda: senders, ["email"])

    async def user(self, language: str = "en", email: str = HERS, password: str = "") -> str:
        cmd = AddUser(
            email=email,
            name="Li <Na>",
            role=Role.AGENT,
            password_hash=password,
            language=language,
            actor=SYSTEM,
        )
        return (await self.store.write(add_user, cmd)).id

    async def link(self, user_id: str, *, may_mail: bool = True) -> MadeLink:
        token = new_token()
        cmd = MakePasswordLink(BOSS, user_id, digest_of(token), f"{URL}{token}", may_mail)
        return await self.store.write(lambda tx, cmd: make_password_link(tx, cmd, self.mail), cmd)

    async def rows(self) -> list[tuple[str, str]]:
        def read(tx: Tx, _: None) -> list[tuple[str, str]]:
            found = select(outbox.c.state, outbox.c.effect).order_by(outbox.c.created_at)
            return [(row.state, row.effect) for row in tx.execute(found)]

        return await self.store.read(read, None)

    async def letter(self) -> Send:
        send = msgspec.json.decode((await self.rows())[-1][1], type=Effect)
        assert isinstance(send, Send)
        return send


@pytest.fixture
async def desk(store: Store, clock: ManualClock) -> Desk:
    await store.write(open_center, None)
    return Desk(store)


async def test_who_is_invited_gets_the_link_in_their_language(desk: Desk) -> None:
    made = await desk.link(await desk.user("zh-CN"))
    assert (made.email, made.not_mailed) == (HERS, None)
    send = await desk.letter()
    assert send.to == (HERS,)
    assert send.subject is not None
    assert send.subject.startswith("Wang Fang邀请您加入")
    assert "7 天内有效" in send.text
    assert URL in send.text
    assert send.html is not None
    assert f'<a href="{URL}' in send.html
    assert "Li &lt;Na&gt;" in send.html
    assert (send.secret, send.automatic, send.until) == (True, True, made.until)


async def test_who_has_a_password_is_told_that_it_stays_good(desk: Desk) -> None:
    await desk.link(await desk.user(password="$argon2id$any"))
    send = await desk.letter()
    assert send.subject is not None
    assert send.subject.startswith("A new password for")
    assert "for 24 hours" in send.text
    assert "stays good" in send.text


async def test_a_link_that_has_ended_is_nowhere_to_be_read(desk: Desk, clock: ManualClock) -> None:
    user_id = await desk.user()
    await desk.link(user_id)
    await desk.link(user_id)  # in place of the first
    assert [(state, URL in effect) for state, effect in await desk.rows()] == [
        (OutboxState.CANCELLED, False),
        (OutboxState.PENDING, True),
    ]
    await desk.store.write(end_password_link, user_id)
    clock.advance(3600)
    await desk.link(user_id)
    clock.advance(7 * 86_400)
    forgotten = await desk.store.write(lambda tx, n: forget_old_links(tx, tx.now, n), 10)
    assert forgotten == 1
    assert [URL in effect for _, effect in await desk.rows()] == [False] * 3


async def test_a_mailbox_gets_three_an_hour_and_six_a_day(desk: Desk, clock: ManualClock) -> None:
    user_id = await desk.user()

    async def why() -> NotMailed | None:
        return (await desk.link(user_id)).not_mailed

    assert [await why() for _ in range(4)] == [None, None, None, NotMailed.TOO_OFTEN]
    clock.advance(3600)
    assert [await why() for _ in range(4)] == [None, None, None, NotMailed.TOO_OFTEN]
    clock.advance(3600)
    assert await why() is NotMailed.TOO_OFTEN
    clock.advance(23 * 3600)
    assert await why() is None
    lines = await desk.store.read(list_audit, ListAudit(limit=100, object_id=user_id))
    told = [one.detail["mailed"] for one in lines if one.action == "user.password_link"]
    assert (told.count(True), told.count(False)) == (7, 3)
    # Who makes too many lets nothing go out, but has the link to hand over.
    assert (await desk.link(user_id, may_mail=False)).not_mailed is NotMailed.TOO_OFTEN


async def test_it_goes_to_no_mailbox_of_ours(desk: Desk) -> None:
    ours = await desk.user(email="support+li@example.test")
    assert (await desk.link(ours)).not_mailed is NotMailed.OUR_OWN
    assert await desk.rows() == []


async def test_an_alias_of_a_mailbox_is_ours_too(desk: Desk, store: Store) -> None:
    settings = {"aliases": ["Hilfe@example.test"]}
    await store.write(
        lambda tx, _: tx.execute(
            update(entry_points).where(entry_points.c.id == "mail").values(settings=settings)
        ),
        None,
    )
    ours = await desk.user(email="hilfe+li@example.test")
    assert (await desk.link(ours)).not_mailed is NotMailed.OUR_OWN
    theirs = await desk.user(email="hilf@example.test")
    assert (await desk.link(theirs)).not_mailed is None


async def test_a_hub_that_does_not_know_its_own_address_mails_no_link_to_it(
    desk: Desk,
) -> None:
    user_id = await desk.user()
    desk.mail = link_mailer(lambda: ["mail"], ["email"], addressed=False)
    assert (await desk.link(user_id)).not_mailed is NotMailed.NO_ADDRESS
    assert await desk.rows() == []


async def test_without_a_mailbox_that_sends_it_is_only_shown(desk: Desk, store: Store) -> None:
    user_id = await desk.user()
    assert (await Desk(store, ()).link(user_id)).not_mailed is NotMailed.NO_MAILBOX
    assert (await Desk(store, ("shop-chat",)).link(user_id)).not_mailed is NotMailed.NO_MAILBOX
    await store.write(
        lambda tx, _: tx.execute(
            update(entry_points).where(entry_points.c.id == "mail").values(retired=True)
        ),
        None,
    )
    assert (await desk.link(user_id)).not_mailed is NotMailed.NO_MAILBOX
    assert await desk.rows() == []
