from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from hub.core.errors import Invalid, NotFound, TooLarge, Unavailable
from hub.core.ids import new_id
from hub.storage import DirectoryBlobs


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_what_is_put_comes_back_whole(blobs: DirectoryBlobs) -> None:
    ref = await blobs.put(b"a page")
    assert (ref.size_bytes, ref.sha256) == (6, hashlib.sha256(b"a page").hexdigest())
    assert await blobs.get(ref.id) == b"a page"


async def test_a_stream_is_stored_in_order(blobs: DirectoryBlobs) -> None:
    ref = await blobs.put_stream(chunks(b"a ", b"long ", b"page"), 100)
    assert await blobs.get(ref.id) == b"a long page"
    assert ref.size_bytes == 11


async def test_a_stream_over_the_limit_leaves_nothing_behind(blobs: DirectoryBlobs) -> None:
    with pytest.raises(TooLarge):
        await blobs.put_stream(chunks(b"12345", b"67890"), 9)
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


async def test_an_unknown_blob_is_not_found(blobs: DirectoryBlobs) -> None:
    with pytest.raises(NotFound):
        await blobs.get(new_id())


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 36, "/etc/passwd"])
def test_a_blob_id_cannot_lead_out_of_the_folder(blobs: DirectoryBlobs, name: str) -> None:
    with pytest.raises(Invalid):
        blobs.path(name)


async def test_a_full_disk_is_said_before_a_file_comes(blobs: DirectoryBlobs) -> None:
    assert blobs.full() is None
    blobs.spare_bytes = 1 << 62
    assert blobs.full() == "The disk is full: no file can be stored until there is room."


async def test_a_folder_that_cannot_be_made_refuses_the_file(blobs: DirectoryBlobs) -> None:
    blobs.root.write_text("a file where the folder should be")
    for put in (blobs.put(b"a page"), blobs.put_stream(chunks(b"a page"), 100)):
        with pytest.raises(Unavailable):
            await put


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: DirectoryBlobs) -> None:
    ref = await blobs.put(b"once")
    await blobs.delete(ref.id)
    await blobs.delete(ref.id)
    with pytest.raises(NotFound):
        await blobs.get(ref.id)
