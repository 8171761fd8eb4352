"""Orders and repairs go with the external id that they came by, when a split says whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from hub.storage import Tx
from hub.storage.bulk import Statement

_MOVE = [
    Statement(
        f"""
UPDATE {table} SET customer_id = :to
FROM {{rows}} JOIN customer_identities i ON i.id = {{text 0}} AND i.kind = {{text 1}}
WHERE {table}.customer_id = :from AND {table}.customer_external_id = i.value_norm
"""  # noqa: S608 - names of our own tables
    )
    for table in ("orders", "service_cases")
]


def follow_identities(tx: Tx, identity_ids: Sequence[str], from_id: str, to_id: str) -> None:
    """Give what came by these external ids to the record that they are at home with now.

    What a customer owes stays: it was told of the customer, not of an order.
    """
    rows = [[identity_id, "external"] for identity_id in sorted(identity_ids)]
    for move in _MOVE:
        move(tx, rows, **{"from": from_id, "to": to_id})
