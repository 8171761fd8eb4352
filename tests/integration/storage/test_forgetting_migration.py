"""A hub that has erased customers: their names in merges go, and nobody looks at them any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import Connection, Table, create_engine, insert, select

from hub import schema
from hub.customers.business.tables import service_cases
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.lifecycle.tables import customer_stages
from hub.customers.merging.tables import customer_merges
from hub.customers.tables import customers
from hub.testing.clock import NOON

DAY = timedelta(days=1)
LEFT, LATE = NOON + DAY, NOON + 2 * DAY  # erased at LEFT; a sweep came by at LATE
MANY = [f"gone-{n:04}" for n in range(1_001)]  # more than are blanked at once, by two


def _customer(key: str, *, erased: bool) -> dict[str, Any]:
    at = dict.fromkeys(("tier_set_at", "created_at", "updated_at"), NOON)
    return {
        "id": key,
        "kind": "person",
        "tier": "gold",
        "tier_source": "manual",
        "source": "shop",
        "version": 1,
        "archived_at": LEFT if erased else None,
        **at,
    }


def _merge(key: str, of: str, into: str, before: dict[str, Any]) -> dict[str, Any]:
    ends = {"from_id": of, "into_id": into}
    return {"id": key, **ends, "merged_at": NOON, "reason": "same", "before": before}


def _fill(live: Connection) -> None:
    people = [_customer(key, erased=True) for key in MANY]
    live.execute(
        insert(customers),
        [*people, *(_customer(key, erased=False) for key in ("here", "there", "visitor"))],
    )
    noted: dict[str, Any] = {
        "name": "灯塔",
        "owner_id": None,
        "tier": "gold",
        "conflicts": [],
        "owner_taken": True,
    }
    live.execute(
        insert(customer_merges),
        [
            _merge("live", "there", "here", noted),
            _merge("by-hub", "visitor", "there", {"removed": ["i1"]}),
            _merge("from", MANY[-1], "here", noted),
            _merge("into", "here", MANY[0], {"removed": ["i2"], "conflicts": ["q1"]}),
        ],
    )
    group = {"id": "g", "key": "g", "zh": "g", "en": "g", "rule": {}, "owner_id": "u"}
    live.execute(insert(customer_groups), [group | {"version": 1, "made_at": NOON}])
    stays: list[tuple[str, datetime, datetime | None]] = [
        (MANY[0], NOON, None),
        (MANY[-1], LATE, None),
        ("here", NOON, None),
        (MANY[1], NOON, NOON + DAY / 2),
    ]
    live.execute(
        insert(group_members),
        [
            {"id": f"m{n}", "group_id": "g", "customer_id": of, "entered_at": at, "left_at": to}
            for n, (of, at, to) in enumerate(stays)
        ],
    )
    since = dict.fromkeys(("since", "standing_since", "loyalty_since", "next_check_at"), NOON)
    stood = {"stage": "user", "standing": "active", "loyalty": "aware", **since}
    live.execute(
        insert(customer_stages), [stood | {"customer_id": of} for of in (MANY[-1], "here")]
    )
    case = {"source": "shop", "kind": "repair", "state": "done", "state_at": NOON, "revision": 0}
    live.execute(
        insert(service_cases),
        [
            case
            | {"id": of, "external_id": of, "customer_id": of, "customer_external_id": of}
            | {"text": "灯塔", "received_at": NOON}
            for of in (MANY[-1], "here")
        ],
    )


def _all(live: Connection, table: Table, key: str, value: str) -> dict[str, Any]:
    return {row[0]: row[1] for row in live.execute(select(table.c[key], table.c[value]))}


def test_what_is_left_of_erased_customers_goes(database_url: str) -> None:
    schema._run(database_url, lambda config: command.downgrade(config, "0025"))
    engine = create_engine(database_url)
    with engine.begin() as live:
        _fill(live)
    schema._run(database_url, lambda config: command.upgrade(config, "head"))
    with engine.connect() as live:
        assert _all(live, customer_merges, "id", "before") == {
            "live": {"conflicts": [], "owner_taken": True},
            "by-hub": {"removed": ["i1"]},
            "from": {},
            "into": {},
        }
        assert _all(live, group_members, "id", "left_at") == {
            "m0": LEFT,
            "m1": LATE,
            "m2": None,
            "m3": NOON + DAY / 2,
        }
        checks = _all(live, customer_stages, "customer_id", "next_check_at")
        assert checks == {MANY[-1]: None, "here": NOON}
        assert _all(live, service_cases, "id", "text") == {MANY[-1]: None, "here": "灯塔"}
    engine.dispose()
    schema.check(database_url)
