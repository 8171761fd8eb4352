"""Pictures of strangers: only their pixels come out, and what is no picture does not."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hub.vendors.pictures import PictureRefused, clean_picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect/></svg>'


def drawn(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **more)
    return out.getvalue()


def moving(count: int, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", size, (n, 0, 0)) for n in range(count)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


def of_a_phone(**more: object) -> bytes:
    """A JPEG with a second, smaller picture in it, as cameras of phones make them (CIPA DC-007)."""
    out = io.BytesIO()
    small = Image.new("RGB", (30, 20), "blue")
    photo = Image.new("RGB", (60, 40), "red")
    photo.save(out, "MPO", save_all=True, append_images=[small], **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (drawn("PNG"), "image/png"),
        (drawn("PNG", mode="RGBA"), "image/png"),
        (drawn("PNG", mode="P"), "image/png"),
        (drawn("JPEG"), "image/jpeg"),
        (drawn("JPEG", mode="CMYK"), "image/jpeg"),
        (of_a_phone(), "image/jpeg"),
        (drawn("WEBP"), "image/webp"),
        (drawn("GIF"), "image/gif"),
        (moving(3, (60, 40)), "image/gif"),
    ],
)
async def test_a_picture_is_written_anew(data: bytes, media_type: str) -> None:
    done = await clean_picture(data)
    assert (done.media_type, done.width, done.height) == (media_type, 60, 40)
    with Image.open(io.BytesIO(done.data)) as shown:
        assert shown.size == (60, 40)


async def test_a_moving_picture_keeps_moving() -> None:
    done = await clean_picture(moving(3, (60, 40)))
    with Image.open(io.BytesIO(done.data)) as shown:
        assert getattr(shown, "n_frames", 1) == 3


async def test_where_a_photo_was_taken_is_left_out_and_it_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010E] = "at home, 30.25 N 120.16 E"
    done = await clean_picture(drawn("JPEG", exif=exif) + b"<script>behind the end</script>")
    assert b"at home" not in done.data
    assert b"script" not in done.data
    assert (done.width, done.height) == (40, 60)


async def test_of_a_photo_with_several_pictures_the_photo_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    done = await clean_picture(of_a_phone(exif=exif))
    assert (done.width, done.height) == (40, 60)
    with Image.open(io.BytesIO(done.data)) as shown:
        assert (shown.format, getattr(shown, "n_frames", 1)) == ("JPEG", 1)


async def test_a_large_picture_is_made_smaller() -> None:
    done = await clean_picture(drawn("PNG", (4_000, 1_000)))
    assert (done.width, done.height) == (1_600, 400)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SVG, "type"),
        (b"\xef\xbb\xbf" + SVG, "type"),
        (b"<html><script>", "type"),
        (b"", "type"),
        (b"BM" + bytes(60), "type"),
        (b"\x89PNG\r\n\x1a\n" + SVG, "broken"),
        (drawn("PNG")[:-30], "broken"),
        (b"GIF89a<script>alert(1)</script>", "broken"),
        (drawn("PNG", (9_000, 9_000), mode="1"), "pixels"),
        (moving(80, (1_500, 1_500)), "moving"),
    ],
)
async def test_what_is_no_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        await clean_picture(data)
    assert refused.value.reason == reason
