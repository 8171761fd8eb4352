"""A fax as its gateway delivers it: HylaFAX's faxrcvd mail with the page as TIFF G4."""

from __future__ import annotations

import io
from email.message import EmailMessage
from email.utils import make_msgid

from PIL import Image, ImageDraw, ImageFont

from .world import Person, Talk

_PAGE = (1728, 2200)  # pixels of an A4 page in fine mode (ITU-T T.4)
FAX_PAGES = 2  # what the gateway sends of an answer: its cover sheet, and the answer
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)


def a_fax_mail(person: Person, talk: Talk, to: str) -> tuple[bytes, str]:
    """Return the gateway's mail for one page from this person, and its Message-ID."""
    number = person.fax or person.phone
    message = EmailMessage()
    message["From"] = "HylaFAX <fax-gateway@lakeside.example>"
    message["To"] = to
    message["Subject"] = f"FAX from {number}"
    message["Message-ID"] = make_msgid(domain="fax.lakeside.example")
    message["X-FAX-CallerID"] = number
    message.set_content(
        "fax00000042.tif (ftp://gateway/recvq/fax00000042.tif):\n"
        f"          Sender: {number}\n"
        "           Pages: 1\n"
        "         Quality: Fine\n"
        "            Page: A4\n"
        f"       CallID1: {number}\n"
        "       CommID: 000000042\n"
    )
    message.add_attachment(
        a_page(person, talk), maintype="image", subtype="tiff", filename="fax00000042.tif"
    )
    return message.as_bytes(), str(message["Message-ID"])


def a_result_mail(number: str, subject: str, to: str) -> bytes:
    """Return the gateway's mail about a fax of the hub's that reached `number` (HylaFAX's notify).

    `subject` is that of the hub's own mail: its tag says which fax it was.
    """
    message = EmailMessage()
    message["From"] = "HylaFAX Agent <fax-gateway@lakeside.example>"
    message["To"] = to
    message["Subject"] = f"facsimile job {subject} to {number} completed"
    message["Message-ID"] = make_msgid(domain="fax.lakeside.example")
    message.set_content(
        f"Your job to {number} was completed successfully.\n\n            Pages: {FAX_PAGES}\n"
    )
    return message.as_bytes()


def a_page(person: Person, talk: Talk) -> bytes:
    """Draw the page: a letter with sender, subject and text, as TIFF G4."""
    page = Image.new("1", _PAGE, 1)
    draw = ImageDraw.Draw(page)
    large, small = _font(54), _font(40)
    draw.text((140, 120), f"{person.organisation or person.en}\nFax {person.fax}", font=small)
    draw.line((140, 260, _PAGE[0] - 140, 260), width=3)
    draw.text((140, 330), talk.subject, font=large)
    draw.multiline_text((140, 480), _wrapped(talk.first), font=small, spacing=22)
    output = io.BytesIO()
    page.save(output, "TIFF", compression="group4", dpi=(204, 196))
    return output.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FONTS:
        try:
            return ImageFont.truetype(path, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _wrapped(text: str, width: int = 62) -> str:
    lines, line, used = [], "", 0
    for character in text:
        line += character
        used += 2 if ord(character) > 0x2E80 else 1
        if used >= width and (character == " " or ord(character) > 0x2E80):
            lines.append(line)
            line, used = "", 0
    return "\n".join([*lines, line])
