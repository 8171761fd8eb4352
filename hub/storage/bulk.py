"""Many rows in one statement: a list of rows travels as one JSON parameter (design section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from .tx import Tx

Cell = str | int | float | bool | None


def json_rows(tx: Tx, parameter: str = "rows") -> str:
    """Return the FROM item `j` whose column `value` is one row of the JSON array in `:parameter`.

    A cell is `j.value ->> 0` (text) on both databases; cast it where a number is needed.
    """
    if tx.dialect == "sqlite":
        return f"json_each(:{parameter}) AS j"
    return f"json_array_elements(CAST(:{parameter} AS json)) AS j(value)"


def encode_rows(rows: Iterable[Sequence[Cell]]) -> str:
    """Return the JSON text of rows for the parameter of `json_rows`."""
    return msgspec.json.encode(list(rows)).decode()
