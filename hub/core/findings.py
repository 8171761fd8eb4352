"""What the doctor says: one finding a thing looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    WELL = "well"
    WARNING = "warning"  # works, but not as a production hub should
    FAULT = "fault"  # the hub, or that part of it, will not work


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was seen in `part`; `mend` says what to do, and is empty where all is well.

    `code`: which sentence it is, and `facts` what stands in it, for pages that say it in another
    language ("mail.refused"); "" where only the terminal tells it.
    """

    part: str
    verdict: Verdict
    what: str
    mend: str = ""
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def well(part: str, what: str, code: str = "", **facts: str) -> Finding:
    return Finding(part, Verdict.WELL, what, "", code, facts)


def warning(part: str, what: str, mend: str, code: str = "", **facts: str) -> Finding:
    return Finding(part, Verdict.WARNING, what, mend, code, facts)


def fault(part: str, what: str, mend: str, code: str = "", **facts: str) -> Finding:
    return Finding(part, Verdict.FAULT, what, mend, code, facts)
