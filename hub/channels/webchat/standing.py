"""What a customer is shown of how their contact stands. Pure."""

from __future__ import annotations

from hub.contacts.inbound import Standing
from hub.contacts.model import ContactState

from . import protocol as p

IDLE = p.StandingView(state="idle")
_STATE_SHOWN = {
    ContactState.QUEUED: "waiting",
    ContactState.OFFERED: "waiting",
    ContactState.CONNECTING: "waiting",
    ContactState.QUARANTINED: "waiting",
    ContactState.ACTIVE: "active",
    ContactState.HOLD: "active",
    ContactState.PARKED: "active",
    ContactState.WRAP_UP: "ended",
    ContactState.CLOSED: "ended",
    ContactState.ABANDONED: "ended",
}


def standing_view(standing: Standing | None) -> p.StandingView:
    """Return what the customer is shown of a standing; None: no open contact."""
    if standing is None:
        return IDLE
    return p.StandingView(
        state=_STATE_SHOWN[ContactState(standing.state)],
        position=standing.position,
        wait_low_s=standing.wait_low_s,
        wait_high_s=standing.wait_high_s,
        open_now=standing.open_now,
        agent=standing.agent_name or "",
        reminded=standing.reminded,
        alone=standing.alone,
    )
