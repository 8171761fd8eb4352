"""Links by which colleagues set their password, by mail: to their own mailbox only, in their
language, not too often, and with nothing of them left behind.
"""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.audit import ListAudit, list_audit
from hub.accounts.link_letter import NotMailed
from hub.accounts.link_mails import LINK_UNDELIVERED
from hub.accounts.links import MadeLink, MakePasswordLink, forget_old_links, make_password_link
from hub.accounts.model import SYSTEM, digest_of, new_token
from hub.accounts.service import AddUser, add_user, end_password_link, get_user
from hub.agent_console.link_news import link_news
from hub.contacts.effects import Effect, Send
from hub.contacts.inbound import DeliveryReport
from hub.contacts.model import DeliveryState
from hub.contacts.tables import entry_points
from hub.core.bus import Bus
from hub.core.errors import NotFound
from hub.doctor.machine import check_database
from hub.intake.link_mail import link_mailer
from hub.intake.report import report
from hub.settings import Secret, Settings
from hub.storage import Store, Tx
from hub.storage.outbox import EFFECT_FAILED, OutboxState, outbox
from hub.testing.center import open_center
from hub.testing.clock import NOON, ManualClock
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


async def undelivered(desk: Desk, user_id: str) -> str | None:
    return (await desk.store.read(get_user, user_id)).link_undelivered


def returned(external_id: str | None) -> DeliveryReport:
    return DeliveryReport(
        key="b1",
        entry_point_id="mail",
        occurred_at=NOON,
        state=DeliveryState.FAILED,
        external_id=external_id,
        detail="5.1.1 no such user",
    )


async def test_a_link_whose_mail_came_back_says_so_until_there_is_another(
    desk: Desk, bus: Bus
) -> None:
    user_id = await desk.user()
    await desk.link(user_id)
    assert await undelivered(desk, user_id) is None
    send = await desk.letter()
    assert send.bounces
    with bus.subscribe([LINK_UNDELIVERED]) as hints:
        await desk.store.write(report, returned(send.external_id))
        assert [hint.key for hint in await hints.next(1)] == [user_id]
    assert await undelivered(desk, user_id) == "5.1.1 no such user"
    [news] = await desk.store.read(link_news, (LINK_UNDELIVERED, user_id))
    assert (news.user_ids, news.detail) == ({"boss"}, "Li <Na>: 5.1.1 no such user")
    await desk.link(user_id)
    assert await undelivered(desk, user_id) is None
    with pytest.raises(NotFound):  # the link that it had is in force no more
        await desk.store.write(report, returned(send.external_id))


async def test_a_link_whose_mail_was_refused_as_it_went_out_says_so(
    desk: Desk, database_url: str
) -> None:
    user_id = await desk.user()
    await desk.link(user_id)

    def refuse(tx: Tx, _: None) -> str:
        refused = update(outbox).values(state=OutboxState.FAILED, last_error="550 5.1.1 unknown")
        return str(tx.execute(refused.returning(outbox.c.id)).scalar_one())

    effect_id = await desk.store.write(refuse, None)
    assert await undelivered(desk, user_id) == "550 5.1.1 unknown"
    [news] = await desk.store.read(link_news, (EFFECT_FAILED, effect_id))
    assert news.user_ids == {"boss"}
    settings = Settings(database_url=Secret(database_url))
    told = await asyncio.to_thread(lambda: list(check_database(settings)))
    assert [one.what for one in told if one.part == "links"] == [
        "the link to set a password did not reach li@example.test: 550 5.1.1 unknown"
    ]
    await desk.store.write(end_password_link, user_id)  # used, or taken back
    assert await undelivered(desk, user_id) is None
    assert await desk.store.read(link_news, (EFFECT_FAILED, effect_id)) == []
