"""The console is told how branches are called: records only give their keys."""

from __future__ import annotations

from sqlalchemy import update

from hub.accounts.tables import teams
from hub.storage import Tx
from hub.web import Role

from .conftest import Place


def open_a_branch(tx: Tx, _: None) -> None:
    named = {"zh": "北方分公司", "en": "North", "is_branch": True}
    tx.execute(update(teams).where(teams.c.id == "team").values(**named))


async def test_branches_are_named_once_there_are_some(place: Place) -> None:
    agent = await place.hire("li", Role.AGENT, "team")
    assert (await agent.ask("GET", "/setup"))[1]["branches"] == []
    await place.hub.store.write(open_a_branch, None)
    _, setup = await agent.ask("GET", "/setup")
    assert setup["branches"] == [{"id": "team", "zh": "北方分公司", "en": "North"}]


async def test_a_branch_that_is_given_up_is_not_offered(place: Place) -> None:
    agent = await place.hire("li", Role.AGENT, "team")
    await place.hub.store.write(open_a_branch, None)
    await place.hub.store.write(
        lambda tx, _: tx.execute(update(teams).values(retired=True)) and None, None
    )
    assert (await agent.ask("GET", "/setup"))[1]["branches"] == []
