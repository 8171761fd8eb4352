"""Mails as customers send them, some 10 KB each: what the benchmarks of mail parse and file."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.utils import format_datetime

from hub.core.clock import SystemClock

_ZH = "洗衣机从昨天开始漏水，订单号是四七一一，麻烦尽快派师傅上门检查一下，谢谢。"
_EN = "The washing machine has leaked since yesterday; please send somebody to look at it. "
_HISTORY = "\nOn Tue, 3 Nov 2026 at 10:12, Support <support@example.test> wrote:\n"


def a_customers_mail(number: int, size_bytes: int = 10_000) -> bytes:
    """Return mail `number`, the same each time but for its date: a third plain, a third with HTML,
    a third with a file; every second one in Chinese.
    """
    chance = random.Random(number)  # noqa: S311 - the same mails in each run
    message = EmailMessage()
    message["Received"] = (
        f"from mx{number}.customer.test (mx.customer.test [192.0.2.7]) by mx.example.test with"
        f" ESMTPS id {number:08x} for <support@example.test>; Tue, 03 Nov 2026 10:15:00 +0800"
    )
    message["From"] = f"{'陈丽' if number % 2 else 'Chen Li'} <customer{number}@customer.test>"
    message["To"] = "support@example.test"
    message["Subject"] = f"{'洗衣机漏水' if number % 2 else 'The machine leaks'} {number}"
    message["Date"] = format_datetime(SystemClock().now())
    message["Message-ID"] = f"<{number}.{chance.getrandbits(64):016x}@customer.test>"
    line = _ZH if number % 2 else _EN
    part = size_bytes // (3 if number % 3 else 1)
    text = _filled(line, chance, part)
    quoted = "".join(f"> {line}\n" for line in text.splitlines()[: 8 if number % 3 else 4])
    message.set_content(text + _HISTORY + quoted)
    if number % 3 == 1:
        paragraphs = "".join(f"<p>{line}</p>" for line in text.splitlines())
        message.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    if number % 3 == 2:
        data = chance.randbytes(max(1, int((size_bytes - len(message.as_bytes())) * 0.7)))
        message.add_attachment(data, maintype="image", subtype="jpeg", filename=f"漏水{number}.jpg")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _filled(line: str, chance: random.Random, size_bytes: int) -> str:
    """Return lines of `line` with numbers in it, about so many bytes as they are sent."""
    sent = 1.4 * len(line.encode())  # in base64 or quoted-printable
    count = max(1, int(size_bytes / sent))
    return "".join(f"{line}{chance.randrange(10_000)}\n" for _ in range(count))
