"""What is due, for who is not shown the true targets: the same list, read in bounds."""

from __future__ import annotations

import pytest

from hub.agent_console.views import due
from hub.agent_console.views.find import list_view
from hub.agent_console.views.model import Order, ViewFilter
from hub.storage import Store, Tx

from .test_views import CHEN, plan_of, reader, rows, walk
from .test_views import center as center

SIGHTS = (None, frozenset({"support"}), frozenset({"finance"}))


async def test_who_is_not_told_when_is_shown_the_same_by_walks_that_end(
    center: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of few what is due is read; of many, deadlines are walked, and go on behind a contact."""
    everything = await rows(center)
    for wanted in (
        ViewFilter(order=Order.DUE, languages=["en"]),
        ViewFilter(order=Order.DUE, due_within_s=5_400),
    ):
        whole = await walk(center, wanted, 200)
        for sight in SIGHTS:
            seen = [
                id_
                for id_ in whole
                if sight is None
                or everything[id_].queue_id in sight
                or everything[id_].agent_id == "chen"
            ]
            for limit in (1, 20):
                assert await walk(center, wanted, limit, (CHEN, sight)) == seen
                with monkeypatch.context() as many:
                    many.setattr(due, "_FEW_SEEN", -1)
                    many.setattr(due, "_ROUNDS", (1, 2))
                    assert await walk(center, wanted, limit, (CHEN, sight)) == seen


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's are too few here
async def test_of_an_agents_few_contacts_no_others_deadline_is_read(center: Store) -> None:
    wanted = ViewFilter(order=Order.DUE, languages=["en"])

    def explain(tx: Tx, _: None) -> str:
        who = reader(tx, CHEN, frozenset({"support"}))
        return plan_of(tx, lambda tx: list_view(tx, who, wanted, 50))

    plan = await center.write(explain, None)
    assert "ix_sla_deadlines_due" not in plan
    assert "uq_sla_deadlines_open" in plan
