"""How the log and its chain differ, in words for a terminal."""

from __future__ import annotations

from .model import What
from .walk import Broken

_WORDS = {
    What.LINK_MISSING: "a link of the chain is missing",
    What.LINK_CHANGED: "a link of the chain was changed",
    What.LINE_MISSING: "the line was deleted",
    What.LINE_CHANGED: "the line was changed",
    What.LINE_ADDED: "a line was added that the hub did not write",
    What.GONE_UNTOLD: "the line is marked as gone, and nothing says that it may be",
    What.GONE_DIFFERS: "other lines went than this line says",
    What.HEAD_DIFFERS: "the newest link is not the one that was written last: lines were cut off",
    What.NOTED_DIFFERS: "it is not the link that was noted: the chain was written anew",
}


def say_broken(broken: Broken) -> str:
    """Return the first break as a sentence: which line, when, what was done, what is wrong."""
    place = f"line {broken.seq}" if broken.seq else f"line {broken.line_id}"
    when = "" if broken.at is None else f" of {broken.at:%Y-%m-%d %H:%M:%S} UTC"
    act = f" ({broken.action})" if broken.action else ""
    return f"{place}{when}{act}: {_WORDS[broken.what]}"
