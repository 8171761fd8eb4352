"""Routes of those who steer agents: what they hold, their state, signing them out."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.service import access_user, end_sessions, tell_changed
from hub.contacts.tables import contacts
from hub.core.errors import Forbidden
from hub.routing.model import AgentState
from hub.routing.service import SetAgentState, check_signed_in, set_agent_state
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, Principal, route

from .bodies import StateBody
from .desk_view import MINE, agent_views
from .readers import reader_of
from .rows import contact_rows
from .shapes import AgentView, ContactRow

_MOST = 50


class StaffingRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/agents/{agent_id}/contacts",
        access=Access.SUPERVISOR,
        summary="Contacts in an agent's hands",
    )
    async def held(self, principal: Principal, agent_id: Key) -> Page[ContactRow]:
        return Page(items=await self._store.read(self._held, (principal, agent_id)))

    @route(
        "PUT",
        "/api/v1/agents/{agent_id}/state",
        access=Access.SUPERVISOR,
        summary="Change an agent's state",
    )
    async def set_state(self, principal: Principal, agent_id: Key, body: StateBody) -> AgentView:
        return await self._store.write(_set_state, (principal, agent_id, body))

    @route(
        "POST",
        "/api/v1/agents/{agent_id}/sign-out",
        access=Access.SUPERVISOR,
        summary="Sign an agent out: offline, and every browser session ends",
    )
    async def sign_out(self, principal: Principal, agent_id: Key) -> AgentView:
        return await self._store.write(_sign_out, (principal, agent_id))

    def _held(self, tx: Tx, asked: tuple[Principal, str]) -> list[ContactRow]:
        principal, agent_id = asked
        access_user(tx, principal, agent_id)
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        rows = tx.execute(
            select(contacts)
            .where(
                contacts.c.agent_id == agent_id,
                contacts.c.state.in_(MINE),
                reader.sight.contacts(),
            )
            .order_by(contacts.c.state_since, contacts.c.id)
            .limit(_MOST)
        ).all()
        return contact_rows(tx, reader, rows)


def _set_state(tx: Tx, asked: tuple[Principal, str, StateBody]) -> AgentView:
    """Nobody is made ready who is not there: contacts would ring at an empty desk."""
    principal, agent_id, body = asked
    _check_may_steer(tx, principal, agent_id)
    state = AgentState(body.state)
    if state is not AgentState.OFFLINE:
        check_signed_in(tx, agent_id)
    set_agent_state(
        tx, SetAgentState(agent_id, state, body.reason, after_contact=body.after_contact)
    )
    said = {"state": body.state, "reason": body.reason}
    audit(tx, actor_of(principal), "agent.state", "user", agent_id, said)
    return agent_views(tx, [agent_id])[0]


def _sign_out(tx: Tx, asked: tuple[Principal, str]) -> AgentView:
    principal, agent_id = asked
    _check_may_steer(tx, principal, agent_id)
    set_agent_state(tx, SetAgentState(agent_id, AgentState.OFFLINE, None))
    end_sessions(tx, agent_id)
    tell_changed(tx, agent_id)
    audit(tx, actor_of(principal), "agent.sign_out", "user", agent_id)
    return agent_views(tx, [agent_id])[0]


def _check_may_steer(tx: Tx, principal: Principal, agent_id: str) -> None:
    """Raise NotFound across teams, Forbidden for somebody of a higher role."""
    user = access_user(tx, principal, agent_id)
    if not principal.role.at_least(user.role):
        raise Forbidden("Nobody changes somebody of a higher role.", code="user.higher_role")
