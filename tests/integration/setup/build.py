"""What the tests of the set-up are made of: the sample with edits, people, customers who write."""

from __future__ import annotations

from pathlib import Path

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock

EXAMPLE = Path(__file__).parents[3] / "config" / "contact_center.example.toml"


def edited(*edits: tuple[str, str]) -> str:
    """The text of the sample, each edit (before, after) made once."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


def hire(tx: Tx, names: list[str]) -> list[str]:
    """Agents of the sample's front desk, ready; return their ids."""
    return [add_agent(tx, name, "front") for name in names]


def letter(point: str, clock: ManualClock) -> Inbound:
    """A customer writes a mail to an entry point."""
    return Inbound(
        entry_point_id=point,
        channel=Channel.EMAIL,
        dedupe_key=new_id(),
        senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test"),),
        received_at=clock.now(),
        text="Invoice?",
    )
