"""What a channel is asked when a customer is erased: to forget what it keeps of them itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hub.storage import Tx


class Whose(NamedTuple):
    """Of whom: their contacts, conversations, addresses (kind, normal form), and the files of what
    passed.
    """

    contact_ids: Sequence[str]
    conversation_ids: Sequence[str]
    addresses: Sequence[tuple[str, str]]
    blob_ids: Sequence[str]


Forget = Callable[[Tx, Whose], Sequence[str]]
"""Forget it, and return files of the channel's own, to be deleted after the commit."""
