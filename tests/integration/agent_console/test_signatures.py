"""Signatures: one's own, the team's, the entry point's; shown before the answer, and sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, select, update

from hub.accounts.tables import audit_log, team_members, teams
from hub.contacts.tables import contacts, entry_points
from hub.desk.signing import Signer, signatures_of
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.web import Role

from .conftest import Place

POINT = {"en": "Shop support", "zh-CN": "客服中心"}


def _sign(tx: Tx, what: tuple[Table, str, dict[str, Any]]) -> None:
    table, id_, values = what
    tx.execute(update(table).where(table.c.id == id_).values(**values))


async def test_ones_own_before_the_teams_before_the_entry_points(place: Place) -> None:
    agent = await place.hire("anna", Role.AGENT, "team")
    receipt = await place.write_in("Hello", "mail", "chen@example.test")
    store = place.hub.store
    contact_id = receipt.contact_id or ""
    way = f"/contacts/{contact_id}/signature"
    assert await agent.ask("GET", way) == (200, {"text": "", "of": None})
    await store.write(_sign, (contacts, contact_id, {"language": "en"}))
    await store.write(_sign, (entry_points, "mail", {"settings": {"signature": POINT}}))
    assert await agent.ask("GET", way) == (200, {"text": "Shop support", "of": "entry_point"})
    await store.write(_sign, (teams, "team", {"signature": {"en": "{name}, {team}"}}))
    assert await agent.ask("GET", way) == (200, {"text": "Anna, Team", "of": "team"})
    status, mine = await agent.ask("PUT", "/me/signature", {"texts": {"en": " Anna \n", "de": ""}})
    assert (status, mine["texts"]) == (200, {"en": "Anna"})
    assert mine["teams"][0]["texts"] == {"en": "{name}, {team}"}
    assert await agent.ask("GET", way) == (200, {"text": "Anna", "of": "agent"})
    await store.write(_sign, (contacts, contact_id, {"language": "zh-CN"}))
    assert await agent.ask("GET", way) == (200, {"text": "客服中心", "of": "entry_point"})
    noted = select(func.count()).where(audit_log.c.action == "user.signature")
    assert await store.read(lambda tx, _: tx.execute(noted).scalar_one(), None) == 1


async def test_a_signature_that_is_too_long_is_refused(place: Place) -> None:
    agent = await place.hire("anna", Role.AGENT, "team")
    status, body = await agent.ask("PUT", "/me/signature", {"texts": {"en": "x" * 1001}})
    assert (status, body["code"]) == (422, "invalid")
    assert await agent.ask("GET", "/me/signature") == (200, {"texts": {}, "teams": []})


async def test_the_team_that_serves_the_queue_signs(store: Store) -> None:
    def arranged(tx: Tx, _: None) -> list[str]:
        open_center(tx)
        agent_id = add_agent(tx, "Anna")
        tx.execute(teams.insert().values(id="a-team", zh="甲", en="A", retired=False))
        tx.execute(team_members.insert().values(team_id="a-team", user_id=agent_id))
        tx.execute(update(teams).values(signature={"en": "{team}"}))
        signer = Signer(agent_id, "Anna", "support", "mail", "en")
        served = signatures_of(tx, [signer])[0].text
        tx.execute(update(teams).where(teams.c.id == "team").values(signature=None))
        tx.execute(update(entry_points).values(settings={}))
        other = signatures_of(tx, [signer])[0].text
        tx.execute(update(teams).values(retired=True))
        return [served, other, signatures_of(tx, [signer])[0].text]

    assert await store.write(arranged, None) == ["Team", "A", ""]
