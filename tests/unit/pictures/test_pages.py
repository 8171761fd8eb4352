"""Pages of documents: drawn one by one in a child, and refused where they are none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from hub.vendors.pictures import DocumentPages, PagesRefused, page_child


def document(path: Path, kind: str, pages: int) -> Path:
    out = io.BytesIO()
    drawn = [Image.new("RGB", (200, 280), (40 * n, 0, 200)) for n in range(pages)]
    drawn[0].save(out, kind, save_all=True, append_images=drawn[1:])
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
async def test_each_page_is_drawn_in_its_colours(tmp_path: Path, kind: str) -> None:
    path = document(tmp_path / "a", kind, 6)
    pages = DocumentPages()
    assert await pages.count("a", path) == 6
    last = Image.open(io.BytesIO(await pages.page("a", path, 6)))
    red, _, blue = last.convert("RGB").getpixel((50, 50))  # type: ignore[misc]  # three channels
    assert (round(red / 40), round(blue / 40)) == (5, 5)
    with pytest.raises(PagesRefused, match="page"):
        await pages.page("a", path, 7)


async def test_a_page_is_drawn_once(tmp_path: Path) -> None:
    path = document(tmp_path / "a", "PDF", 2)
    pages = DocumentPages()
    first = await pages.page("a", path, 1)
    path.unlink()
    assert await pages.page("a", path, 1) is first
    assert await pages.page("a", path, 2)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nonsense", b"II*\x00" + b"\xff" * 200, b"<svg/>"])
async def test_what_is_no_document_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(PagesRefused, match="broken"):
        await DocumentPages().count("a", path)


@pytest.mark.parametrize("dpi", [(1, 204), (204, 1), (0, 0), (204, 0), (float("nan"), 98)])
def test_dots_that_no_machine_has_leave_the_page_as_it_is(dpi: tuple[float, float]) -> None:
    picture = Image.new("1", (1728, 1100), 1)
    picture.info["dpi"] = dpi
    assert page_child._fitted(picture).size == (1240, 789)


def test_a_faxs_pixels_become_square() -> None:
    picture = Image.new("1", (1728, 1100), 1)
    picture.info["dpi"] = (204, 98)
    assert page_child._fitted(picture).size == (1240, 1643)
