"""Fuzzes what reads a stranger's mail, led by coverage: `python tools/fuzz_mail.py [FOLDER]`.

Needs atheris (`pip install atheris`; it is no dependency, for it has no wheels for every Python).
Begins with the sample mails of the tests, keeps what it finds in FOLDER and takes libFuzzer's
options (`-max_total_time=600`). Ends with the mail in a file where the parser raised, gave text
that is not clean, or took more than its bound.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["hub.vendors.mail"]):
    from hub.vendors.mail.automail import judge
    from hub.vendors.mail.bounces import find_bounces
    from hub.vendors.mail.model import Refusal, RefusalCode
    from hub.vendors.mail.opened import open_mail

ROOT = Path(__file__).parents[1]
MAX_S = 2.0
_UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")


class Unclean(Exception):
    """The parser let something through that it must not."""


def read(raw: bytes) -> None:
    """Read one mail as the hub does, and look at what came out."""
    started = time.process_time()
    opened = open_mail(raw)
    if time.process_time() - started > MAX_S:
        raise Unclean("too slow")
    if isinstance(opened, Refusal):
        if opened.code is RefusalCode.UNREADABLE:
            raise Unclean(opened.reason)
        return
    mail = opened.mail
    texts = [mail.text, mail.subject, mail.sender.email, mail.sender.name or "", opened.folded.text]
    if any(_UNCLEAN.search(text) for text in texts):
        raise Unclean("control characters")
    judge(mail)
    find_bounces(mail, raw)


def main() -> None:
    """Hand over to libFuzzer, with the samples of the tests to begin with."""
    sys.path.insert(0, str(ROOT))
    from tests.unit.mail.test_ugly import CASES

    with tempfile.TemporaryDirectory(prefix="mails-") as folder:
        for number, case in enumerate(CASES):
            if len(case.raw) < 20_000:
                (Path(folder) / str(number)).write_bytes(case.raw)
        samples = str(ROOT / "tests" / "fixtures" / "mail")
        given = [one for one in sys.argv[1:] if not one.startswith("-")]
        options = [one for one in sys.argv[1:] if one.startswith("-")]
        kept = given or [tempfile.mkdtemp(prefix="found-")]
        atheris.Setup([sys.argv[0], *options, *kept, samples, folder], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
