"""Effects as the outbox keeps them, encoded: what is left of one, and what it is. Pure."""

from __future__ import annotations

import msgspec

from hub.contacts.effects import Effect, Outcome, Reached, ReadFile, ReadPages, Send


def for_the_rest(send: Send, outcome: Outcome) -> str | None:
    """Return the effect for those whom the outside turned away for now; the others have it, or
    never will. None where nothing changes.
    """
    fates = getattr(outcome, "fates", ())
    waiting = tuple(fate.address for fate in fates if fate.state is Reached.WAITING)
    if not waiting or len(waiting) == len(fates):
        return None
    return msgspec.json.encode(msgspec.structs.replace(send, only=waiting)).decode()


def without_links(effect: str) -> str | None:
    """Return an effect without the tokens by which its reader comes in and the words that are
    secret, which are kept nowhere else but as hashes; None for one that has none.
    """
    send = send_of(effect)
    if send is None or not (send.back or send.survey or send.secret):
        return None
    kept = msgspec.structs.replace(send, back=None, survey=None)
    if send.secret:
        kept = msgspec.structs.replace(kept, text="", html=None, subject=None)
    return msgspec.json.encode(kept).decode()


def send_of(effect: str) -> Send | None:
    """Return what is sent; None for any other effect, or one that was erased."""
    found = _decoded(effect)
    return found if isinstance(found, Send) else None


def read_of(effect: str) -> ReadFile | ReadPages | None:
    """Return what reads a file; None for any other effect, or one that was erased."""
    found = _decoded(effect)
    return found if isinstance(found, ReadFile | ReadPages) else None


def _decoded(effect: str) -> Effect | None:
    try:
        found: Effect = msgspec.json.decode(effect, type=Effect)
    except msgspec.DecodeError:
        return None
    return found
