"""Child program: pictures of the pages of a hostile TIFF or PDF, and PDFs of our own answers.

Run as a file in a process of its own, with limits on memory, CPU time and file size that it sets
for itself before it opens anything (reliability.md §4: bombs). It imports nothing of the hub.
Usage: page_maker.py preview IN OUT_FOLDER [PAGES] | page_maker.py compose SPEC.json OUT.pdf
Prints one JSON object; its `error` is "code: what it is about", as failures.py tells reasons.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageSequence

MEMORY_BYTES = 1_536 * 1024 * 1024
CPU_S = 60
FILE_BYTES = 256 * 1024 * 1024
MAX_PAGES = 200
PREVIEW_WIDTH = 1_240  # pixels: A4 at 150 dpi
MAX_HEIGHT = 6_000
MAX_PIXELS = 80_000_000
DPI = 200
PAGE = (1_654, 2_339)  # A4 at 200 dpi
MARGIN = 118  # 15 mm
FONT_SIZE = 32
LINE = 44
COVER_LINES = 5  # of title and rules; its rows besides
PICTURES = ("image/tiff", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
LATIN_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
)


class PageError(Exception):
    """Something an agent can understand and change. `about`: which file, how many pages."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code}: {about}")


def limit() -> None:
    """Give up rights to more memory, time and disk than any honest document needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def preview(source: Path, folder: Path, most: int = MAX_PAGES) -> dict[str, Any]:
    """Write page-0001.png … and, for a TIFF, document.pdf; return the number of pages. Those before
    one that cannot be read are written, too.
    """
    if source.read_bytes()[:5] == b"%PDF-":
        pages = _preview_pdf(source, folder, most)
        return {"pages": pages, "pdf": False}
    frames: list[Image.Image] = []
    with Image.open(source) as image:
        for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
            if number > most:
                break
            page = square(frame)
            _save_preview(page, folder, number)
            # To make it black and white once more would take as long as its picture.
            same = frame.mode == "1" and page.size == frame.size
            frames.append(frame.copy() if same else page.convert("1"))
    if not frames:
        raise PageError("fax_no_pages")
    frames[0].save(folder / "document.pdf", save_all=True, append_images=frames[1:], resolution=DPI)
    return {"pages": len(frames), "pdf": True}


def _preview_pdf(source: Path, folder: Path, most: int) -> int:
    document = pypdfium2.PdfDocument(source)
    count = min(len(document), most)
    for index in range(count):
        page = document[index]
        width, height = page.get_size()
        scale = min(PREVIEW_WIDTH / max(width, 1), MAX_HEIGHT / max(height, 1), 10)
        image = page.render(scale=scale, may_draw_forms=False).to_pil()
        _save_preview(image, folder, index + 1)
        page.close()
    document.close()
    if count == 0:
        raise PageError("fax_no_pages")
    return count


def square(frame: Image.Image) -> Image.Image:
    """Return a frame with square pixels: fax has 204 by 98 dots per inch, and 204 by 196."""
    image = frame.convert("L")
    across, down = map(float, frame.info.get("dpi", (DPI, DPI)))
    ratio = across / down if down else 1.0
    if 0.2 < ratio < 5 and not 0.9 < ratio < 1.1:  # what no machine has, or no number, says nothing
        height = min(int(image.height * ratio), MAX_HEIGHT * 2)
        image = image.resize((image.width, max(1, height)), Image.Resampling.BOX)
    return image


def _save_preview(image: Image.Image, folder: Path, number: int) -> None:
    width = min(PREVIEW_WIDTH, image.width)
    height = max(1, min(MAX_HEIGHT, image.height * width // max(1, image.width)))
    small = image.convert("L").resize((width, height), Image.Resampling.BOX)
    part, page = folder / "page.part", folder / f"page-{number:04}.png"
    _in_greys(small).save(part, "PNG", bits=4)
    part.replace(page)  # whole or not there: what ends this program may come in the middle


def _in_greys(image: Image.Image) -> Image.Image:
    """Return a grey picture in 16 fixed greys: to find its own 16 took longer than all the rest."""
    places = image.point([value >> 4 for value in range(256)])
    greys = Image.frombytes("P", image.size, places.tobytes())
    greys.putpalette([value * 17 for value in range(16) for _ in "rgb"])
    return greys


def compose(spec: dict[str, Any], target: Path) -> dict[str, Any]:
    """Write the answer as a PDF: text pages first, then the attachments in their order."""
    attached = pypdfium2.PdfDocument.new()
    for number, item in enumerate(spec["files"]):
        _attach(attached, number, item, spec, target.parent)
    result = pypdfium2.PdfDocument.new()
    _append_images(result, _own_pages(spec, len(attached)), target.parent / "text.pdf")
    result.import_pages(attached)
    attached.close()
    count = len(result)
    if count > MAX_PAGES:
        raise PageError("fax_too_many_pages", f"{count} > {MAX_PAGES}")
    result.save(target)
    result.close()
    return {"pages": count}


def _own_pages(spec: dict[str, Any], attached: int) -> list[Image.Image]:
    """Return the pages of text. A cover tells how many pages there are: known once all are made."""
    font, cover = spec.get("font") or None, spec.get("cover")
    if cover is None:
        return _text_pages(spec["header"], spec["text"], font)

    def made(count: int) -> list[Image.Image]:
        rows = [*cover["rows"], [cover["pages"], str(count)]]
        return _text_pages(spec["header"], spec["text"], font, {**cover, "rows": rows})

    return made(len(made(attached)) + attached)


def _attach(
    result: Any, number: int, item: dict[str, Any], spec: dict[str, Any], folder: Path
) -> None:
    path, kind = Path(item["path"]), item["media_type"]
    if kind == "application/pdf":
        source = pypdfium2.PdfDocument(path)
        result.import_pages(source)
        source.close()
    elif kind in PICTURES:
        with Image.open(path) as image:
            frames = [_fit(square(frame)) for frame in ImageSequence.Iterator(image)]
        _append_images(result, frames[:MAX_PAGES], folder / f"images-{number}.pdf")
    elif kind.startswith("text/plain"):
        text = path.read_text("utf-8", "replace")
        added = _text_pages([item["name"]], text, spec.get("font") or None)
        _append_images(result, added, folder / f"text-{number}.pdf")
    else:
        raise PageError("fax_file_kind", item["name"])


def _append_images(result: Any, pages: list[Image.Image], path: Path) -> None:
    if not pages:
        return
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=DPI)
    source = pypdfium2.PdfDocument(path)
    result.import_pages(source)
    source.close()


def _fit(image: Image.Image) -> Image.Image:
    """Return a black and white A4 page with the picture as large as the margins allow."""
    if image.width > image.height:
        image = image.rotate(90, expand=True)
    room = (PAGE[0] - 2 * MARGIN, PAGE[1] - 2 * MARGIN)
    scale = min(room[0] / image.width, room[1] / image.height)
    size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
    page = Image.new("L", PAGE, 255)
    page.paste(image.resize(size), (MARGIN, MARGIN))
    return page.convert("1")


def _text_pages(
    header: list[str], text: str, font_file: str | None, cover: dict[str, Any] | None = None
) -> list[Image.Image]:
    """Return pages with a header each; the first has a cover's head instead, if there is one."""
    written = text + "".join(header)
    if cover is not None:
        written += cover["title"] + "".join(word for row in cover["rows"] for word in row)
    font = _font(written, font_file)
    body = _wrap(text.expandtabs(4), font, PAGE[0] - 2 * MARGIN)
    per_page = (PAGE[1] - 2 * MARGIN) // LINE - len(header) - 1
    first = per_page if cover is None else per_page - COVER_LINES - len(cover["rows"])
    starts = [0, *range(first, len(body), per_page)]
    chunks = [body[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    pages = []
    for number, chunk in enumerate(chunks[:MAX_PAGES], start=1):
        page = Image.new("1", PAGE, 1)
        draw = ImageDraw.Draw(page)
        draw.fontmode = "1"
        if number == 1 and cover is not None:
            y = _draw_cover(draw, cover, font)
        else:
            y = _draw_header(draw, header, font, f"{number}/{len(chunks)}")
        for line in chunk:
            draw.text((MARGIN, y), line, font=font, fill=0)
            y += LINE
        pages.append(page)
    return pages


def _draw_header(draw: Any, header: list[str], font: Any, number: str) -> int:
    """Return where the text below begins."""
    y = MARGIN
    for line in header:
        draw.text((MARGIN, y), line, font=font, fill=0)
        y += LINE
    draw.text((PAGE[0] - MARGIN - 120, MARGIN), number, font=font, fill=0)
    draw.line((MARGIN, y + LINE // 4, PAGE[0] - MARGIN, y + LINE // 4), fill=0, width=2)
    return y + LINE


def _draw_cover(draw: Any, cover: dict[str, Any], font: Any) -> int:
    """Draw title, who writes to whom and when, a rule; return where the text below begins."""
    title = font.font_variant(size=FONT_SIZE * 2)
    draw.text((MARGIN, MARGIN), _fitted(cover["title"], title), font=title, fill=0)
    y = MARGIN + 3 * LINE
    column = max((int(font.getlength(name)) for name, *_ in cover["rows"]), default=0) + LINE
    for name, *values in cover["rows"]:
        draw.text((MARGIN, y), name, font=font, fill=0)
        value = _fitted("  ".join(values), font, column)
        draw.text((MARGIN + column, y), value, font=font, fill=0)
        y += LINE
    draw.line((MARGIN, y + LINE // 2, PAGE[0] - MARGIN, y + LINE // 2), fill=0, width=3)
    return y + 2 * LINE


def _fitted(text: str, font: Any, taken: int = 0) -> str:
    """Return as much of a line as there is room for."""
    return text[: _fitting(text, font, PAGE[0] - 2 * MARGIN - taken)]


def _font(text: str, font_file: str | None) -> Any:
    wide = any(character > "\u2e7f" for character in text)
    names = (font_file,) if font_file else (*FONTS, *(() if wide else LATIN_FONTS))
    for name in names:
        if name and Path(name).exists():
            return ImageFont.truetype(name, FONT_SIZE)
    if wide:
        raise PageError("fax_no_font")
    return ImageFont.load_default(FONT_SIZE)


def _wrap(text: str, font: Any, width: int) -> list[str]:
    """Break lines at blanks, and inside words and between Han characters where there is none."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph
        while rest:
            end = _fitting(rest, font, width)
            if end < len(rest):
                blank = rest.rfind(" ", 0, end + 1)
                end = blank + 1 if blank > end // 2 else end
            lines.append(rest[:end].rstrip())
            rest = rest[end:]
        if not paragraph:
            lines.append("")
    return lines


def _fitting(text: str, font: Any, width: int) -> int:
    """Return how many characters of `text` fit into `width` pixels; at least one."""
    low, high = 1, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def main(arguments: list[str]) -> int:
    limit()
    try:
        if arguments[0] == "preview":
            answer = preview(Path(arguments[1]), Path(arguments[2]), *map(int, arguments[3:]))
        else:
            spec = json.loads(Path(arguments[1]).read_text("utf-8"))
            answer = compose(spec, Path(arguments[2]))
    except MemoryError:
        answer = {"error": "fax_memory: "}
    except PageError as error:
        answer = {"error": str(error)[:300]}
    except Exception as error:
        # Whatever a broken document does to the readers is the answer, not a crash of the hub.
        answer = {"error": f"fax_unreadable: {type(error).__name__}"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
