"""Files for tests, said briefly."""

from __future__ import annotations

from collections.abc import Collection

from hub.customers.imports.file import look_at
from hub.customers.imports.mapping import columns_of
from hub.customers.imports.model import ImportRow, Refused
from hub.customers.imports.rows import RowChecker
from hub.customers.imports.seen import Seen

TIERS = frozenset({"gold", "standard"})


def rows_of_file(data: bytes, tiers: Collection[str] = TIERS) -> list[ImportRow | Refused]:
    """Read and check every row of a file."""
    form = look_at(data)
    with Seen() as seen:
        checker = RowChecker(form, columns_of(form.header), "CN", tiers, seen)
        return list(checker.rows(data))
