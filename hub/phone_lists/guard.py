"""How many calls of a list may go out: one for each free agent, and never past the limit of those
answered by nobody. Pure: no I/O, no clock.

A call is abandoned where a person answered and no agent spoke within `JOIN_S`: 16 CFR 310.4(b)(4)
(FTC, Telemarketing Sales Rule) allows it for at most three percent of the calls answered by a
person, measured over 30 days, if a recorded message is played; Ofcom's policy on persistent misuse
has the same two seconds and the same message.
"""

from __future__ import annotations

from datetime import timedelta

JOIN_S = 2.0
TOLD_TO_S = 1.0  # a provider tells when somebody was heard in whole seconds, rounded down
OVER = timedelta(days=30)
REST = timedelta(hours=72)  # who was abandoned is left alone for so long (Ofcom)
MOST_PERMILLE = 30
_WHOLE = 1000


def to_release(free: int, waiting: int) -> int:
    """Return how many more may begin to wait where `waiting` do, and `free` agents do nothing."""
    return max(0, free - waiting)


def room(answered: int, abandoned: int, in_flight: int, permille: int) -> int:
    """Return how many more calls the hub may make by itself.

    `answered` by a person, the `abandoned` among them; `in_flight`: not decided yet. It counts as
    if all that are under way were abandoned: with every one of them the share is still at most
    `permille` of a thousand.
    """
    allowed = permille * (answered + in_flight) - _WHOLE * (abandoned + in_flight)
    return max(0, allowed // (_WHOLE - permille))


def is_abandoned(waited_s: float) -> bool:
    """Say whether who picked up heard an agent too late, so far as that can be told."""
    return waited_s + TOLD_TO_S > JOIN_S
