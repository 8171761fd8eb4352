"""Rows of visitor sessions, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hub.channels.webchat import service
from hub.channels.webchat.tables import webchat_visitors
from hub.core.ids import new_id
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock


def a_visitor(token: str) -> service.NewVisitor:
    return service.NewVisitor(
        id=new_id(),
        entry_point_id="shop-chat",
        token_hash=service.hash_token(token),
        name="王芳",
        email="",
        external_id=None,
        signed_email=None,
        language="zh-CN",
    )


async def find(store: Store, token: str) -> service.Visitor | None:
    presented = service.Presented("shop-chat", service.hash_token(token))
    return await store.read(service.find_visitor, presented)


async def rotate(store: Store, visitor_id: str, old: str, new: str) -> None:
    seen = service.SeeVisitor(
        visitor_id,
        "王芳",
        "",
        None,
        None,
        None,
        "zh-CN",
        service.hash_token(new),
        service.hash_token(old),
    )
    await store.write(service.see_visitor, seen)


async def test_only_the_hash_of_a_token_is_stored(store: Store) -> None:
    token = service.new_token()
    await store.write(service.make_visitors, a_visitor(token))

    def everything(tx: Tx, _: None) -> str:
        return str(tx.execute(select(webchat_visitors)).all())

    assert token not in await store.read(everything, None)
    found = await find(store, token)
    assert found is not None
    assert found.name == "王芳"


async def test_both_tokens_are_good_until_the_new_one_is_used(store: Store) -> None:
    visitor = a_visitor("old")
    await store.write(service.make_visitors, visitor)
    await rotate(store, visitor.id, "old", "new")
    by_old, by_new = await find(store, "old"), await find(store, "new")
    assert by_old is not None
    assert by_old.by_previous
    assert by_new is not None
    assert by_new.has_previous
    await store.write(service.forget_previous_token, visitor.id)
    assert await find(store, "old") is None
    assert await find(store, "new") is not None


async def test_a_session_unseen_for_ninety_days_is_no_longer_good(
    store: Store, clock: ManualClock
) -> None:
    await store.write(service.make_visitors, a_visitor("old"))
    clock.advance(timedelta(days=91).total_seconds())
    assert await find(store, "old") is None


async def test_the_sweep_forgets_the_unused_after_a_day_and_keeps_the_used(
    store: Store, clock: ManualClock
) -> None:
    used, unused = a_visitor("used"), a_visitor("unused")
    await store.write(service.make_visitors, used)
    await store.write(service.make_visitors, unused)
    await store.write(service.bind_conversations, service.Bind(used.id, new_id()))
    clock.advance(timedelta(days=2).total_seconds())

    def sweep(tx: Tx, limit: int) -> int:
        return service.forget_visitors(tx, tx.now, limit)

    assert await store.write_bulk(sweep, 10) == 1
    assert await find(store, "unused") is None
    assert await find(store, "used") is not None


async def test_uploads_are_found_by_their_own_visitor_in_the_order_asked(store: Store) -> None:
    visitor = a_visitor("token")
    await store.write(service.make_visitors, visitor)
    uploads = [
        service.Upload(new_id(), visitor.id, new_id(), f"{number}.png", "image/png", 9)
        for number in range(3)
    ]
    for upload in uploads:
        await store.write(service.add_upload, upload)
    wanted = (uploads[2].id, uploads[0].id)
    found = await store.read(service.get_uploads, service.GetUploads(visitor.id, wanted))
    assert [upload.name for upload in found] == ["2.png", "0.png"]


async def test_what_a_visitor_has_begun_is_found_by_another_page_of_theirs(store: Store) -> None:
    visitor, other = a_visitor("token"), a_visitor("other")
    for one in (visitor, other):
        await store.write(service.make_visitors, one)
    assert await store.read(service.find_begun, visitor.id) is None
    conversation_id = new_id()
    await store.write(service.bind_conversations, service.Bind(visitor.id, conversation_id))
    assert await store.read(service.find_begun, visitor.id) == conversation_id
    assert await store.read(service.find_begun, other.id) is None
