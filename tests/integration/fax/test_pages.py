"""The limited child process on documents made to hurt."""

from __future__ import annotations

import asyncio
import io
import shutil
import time

import pytest
from PIL import Image

from hub.channels.fax.page_maker import square
from hub.channels.fax.pages import Cover, PageMaker
from hub.channels.fax.recognising import PagesBusy
from tests.conftest import skip_missing

PAGES = PageMaker(ocr=False)


def a_tiff(frames: int, size: tuple[int, int] = (1728, 1100)) -> bytes:
    images = [Image.new("1", size, 1) for _ in range(frames)]
    out = io.BytesIO()
    images[0].save(
        out,
        "TIFF",
        save_all=True,
        append_images=images[1:],
        compression="group4",
        dpi=(204, 98),
    )
    return out.getvalue()


async def test_pixels_of_fax_become_square() -> None:
    pages = await PAGES.read(a_tiff(1))
    with Image.open(io.BytesIO(pages.images[0])) as image:
        assert image.width == 1240
        assert 1.2 < image.height / image.width < 1.5


@pytest.mark.parametrize("dpi", [(1, 204), (204, 1), (0, 0), (204, 0), (float("nan"), 98)])
def test_dots_that_no_machine_has_leave_the_page_as_it_is(dpi: tuple[float, float]) -> None:
    frame = Image.new("1", (1728, 2200), 1)
    frame.info["dpi"] = dpi
    assert square(frame).size == (1728, 2200)


async def test_a_picture_of_a_billion_pixels_is_refused_in_seconds() -> None:
    began = time.perf_counter()
    pages = await PAGES.read(a_tiff(1, (40_000, 30_000)))
    assert pages.images == ()
    assert pages.error is not None
    assert time.perf_counter() - began < 30


async def test_chinese_pages_are_read_page_by_page() -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    maker, told = PageMaker(), []

    async def tell(page: int, of: int) -> None:
        told.append((page, of))

    written = await maker.compose(["采购部"], "请开具增值税发票\n" + "\n" * 60 + "谢谢合作", [], "")
    pages = await maker.read(written.pdf, progress=tell)
    assert "发票" in pages.text.replace(" ", "")
    assert "合作" in pages.text.replace(" ", "")
    assert told == [(1, 2), (2, 2)]


async def test_who_comes_when_all_places_are_taken_is_told_how_many_are_before() -> None:
    maker = PageMaker(at_once=1, ocr=False)
    assert maker.before == 0
    first = asyncio.ensure_future(maker.read(a_tiff(1)))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(maker.read(a_tiff(1)))
    await asyncio.sleep(0)
    assert maker.before == 2
    await asyncio.gather(first, second)
    assert maker.before == 0


async def test_more_pages_than_the_limit_are_cut() -> None:
    pages = await PAGES.read(a_tiff(210, (200, 200)))
    assert len(pages.images) == 200


async def test_an_endless_chain_of_directories_ends() -> None:
    data = bytearray(a_tiff(2, (64, 64)))
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    link = first + 2 + 12 * count
    data[link : link + 4] = first.to_bytes(4, "little")  # the first directory follows itself
    pages = await PAGES.read(bytes(data))
    assert len(pages.images) <= 200


async def test_pages_before_one_that_is_broken_are_shown() -> None:
    whole = a_tiff(6)
    pages = await PAGES.read(whole[: len(whole) // 2])
    assert len(pages.images) == 3
    assert pages.error is not None
    for page in pages.images:
        with Image.open(io.BytesIO(page)) as image:
            image.load()


async def test_garbage_of_each_kind_gives_a_sentence() -> None:
    for garbage in (b"", b"%PDF-1.7\n%%EOF", b"MM\x00*" + b"\xff" * 100, b"GIF89a"):
        pages = await PAGES.read(garbage)
        assert pages.images == ()
        assert pages.error


async def test_one_that_finds_no_place_is_told_to_come_again() -> None:
    maker = PageMaker(at_once=1, ocr=False)
    reading = asyncio.create_task(maker.read(a_tiff(60)))
    await asyncio.sleep(0)  # it has begun
    with pytest.raises(PagesBusy):
        await maker.read(a_tiff(1), patience_s=0.01)
    assert len((await reading).images) == 60
    assert len((await maker.read(a_tiff(1), patience_s=0.01)).images) == 1


COVER = Cover(
    title="Fax",
    rows=(("To", "+862161234567"), ("From", "Shop Sales", "+862188880000")),
    pages="Pages",
)


async def test_a_cover_says_to_whom_from_whom_and_how_many_pages() -> None:
    lines = "\n".join(f"line {number}" for number in range(42))
    made = await PAGES.compose(["Shop Sales", "-> +862161234567"], lines, [], "", COVER)
    assert made.pages == 2
    assert (await PAGES.compose(["Shop Sales", "-> +862161234567"], lines, [], "")).pages == 1
    read = await PageMaker().read(made.pdf)
    words = read.text.split()
    assert words[words.index("To") + 1] == "+862161234567"
    assert words[words.index("From") + 1 :][:3] == ["Shop", "Sales", "+862188880000"]
    assert words[words.index("Pages") + 1] == "2"


async def test_a_name_of_a_thousand_letters_leaves_a_cover_readable() -> None:
    cover = Cover(title="W" * 1_000, rows=(("To", "W" * 1_000),), pages="Pages")
    made = await PAGES.compose(["Shop"], "Hello", [], "", cover)
    (page,) = (await PAGES.read(made.pdf)).images
    with Image.open(io.BytesIO(page)) as image:
        edge = image.convert("L").crop((image.width - 40, 0, image.width, image.height))
    assert edge.getextrema() == (255, 255)  # nothing is written over the margin
