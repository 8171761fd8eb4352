"""The job `apply`: the business set-up, checked with each channel's own rules and put in force."""

from __future__ import annotations

from msgspec import Struct

from hub.channels.entry_points import SETTINGS_CHECKS
from hub.setup import ApplySetup, Changes, Setup, apply_setup, check_setup
from hub.storage import Store


class SetupText(Struct, frozen=True):
    """The text of a set-up file. `dry_run`: say what would change, and change nothing."""

    text: str
    dry_run: bool = False


def read_setup(text: str) -> Setup:
    """Return the checked set-up. Raises BadSetup with every problem found."""
    return check_setup(text, SETTINGS_CHECKS)


async def apply_text(store: Store, asked: SetupText) -> Changes:
    """Put the set-up in force and return what changed; the same again changes nothing."""
    setup = read_setup(asked.text)
    return await store.write(apply_setup, ApplySetup(setup, asked.dry_run))
