"""What msgspec knows of our Structs is made before there are threads.

msgspec (0.22) works out a Struct's fields when it first decodes one. Two threads that meet a Struct
for the first time together read it half made, and the process dies of a segmentation fault: seen
when a hub started under traffic.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def prepare_structs() -> int:
    """Make ready every Struct that has been imported, in this thread; return how many."""
    found = set(_below(msgspec.Struct))
    for kind in found:
        msgspec.json.Decoder(kind)
    return len(found)


def _below(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
