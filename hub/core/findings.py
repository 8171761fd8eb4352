"""What the doctor says: one finding a thing looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    WELL = "well"
    WARNING = "warning"  # works, but not as a production hub should
    FAULT = "fault"  # the hub, or that part of it, will not work


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was seen in `part`; `mend` says what to do, and is empty where all is well."""

    part: str
    verdict: Verdict
    what: str
    mend: str = ""


def well(part: str, what: str) -> Finding:
    return Finding(part, Verdict.WELL, what)


def warning(part: str, what: str, mend: str) -> Finding:
    return Finding(part, Verdict.WARNING, what, mend)


def fault(part: str, what: str, mend: str) -> Finding:
    return Finding(part, Verdict.FAULT, what, mend)
