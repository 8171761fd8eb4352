"""The use cases of the contact queue: what other parts of the hub call. One transaction each.

Offers are in `offers`, agents in `staff`, what follows an accept in `turns`, what goes back to the
queue in `returns`, what its agent does not go on with in `neglect`, where a wait begins in
`placement`.
"""

from .aside import bring_back, set_aside
from .idle import idle_of_queue
from .neglect import fire_due_interrupted, fire_due_returns, fire_due_untouched
from .offers import (
    ROUTER_LEASE,
    Accepted,
    AcceptOffer,
    MakeOffer,
    OfferMade,
    accept_offers,
    connected,
    make_offers,
)
from .placement import Arrival, place
from .promise import Promise, promises
from .queue_states import (
    QueueState,
    SetQueueState,
    fire_due_queue_states,
    set_queue_state,
)
from .reaching import fire_due_lost
from .refused import DeclineOffer, decline_offer, fire_due_offers, rang_in_vain
from .returns import release
from .settings import WrapMode, WrapUp
from .sla.rows import has_deadlines
from .sla.service import fire_due_stale, follow_contacts
from .staff import (
    SetAgentProfile,
    SetAgentState,
    ensure_agents,
    fire_due_presence,
    lose_presence,
    renew_presence,
    set_agent_profile,
    set_agent_profiles,
    set_agent_state,
    sign_out,
)
from .turns import (
    SetPriority,
    Transfer,
    check_signed_in,
    connect_failed,
    fire_due_connects,
    fire_due_steps,
    fire_due_wrap_up,
    queues_of,
    room_for,
    set_priority,
    transfer,
    waited_now_us,
    wrap_up_of,
)

FIRE_DUE = (
    fire_due_offers,
    fire_due_connects,
    fire_due_steps,
    fire_due_interrupted,
    fire_due_untouched,
    fire_due_wrap_up,
    fire_due_presence,
    fire_due_lost,
    fire_due_returns,
    fire_due_stale,
    fire_due_queue_states,
)
"""What the timekeeper fires for the queue."""

__all__ = [
    "FIRE_DUE",
    "ROUTER_LEASE",
    "AcceptOffer",
    "Accepted",
    "Arrival",
    "DeclineOffer",
    "MakeOffer",
    "OfferMade",
    "Promise",
    "QueueState",
    "SetAgentProfile",
    "SetAgentState",
    "SetPriority",
    "SetQueueState",
    "Transfer",
    "WrapMode",
    "WrapUp",
    "accept_offers",
    "bring_back",
    "check_signed_in",
    "connect_failed",
    "connected",
    "decline_offer",
    "ensure_agents",
    "fire_due_connects",
    "fire_due_interrupted",
    "fire_due_offers",
    "fire_due_presence",
    "fire_due_queue_states",
    "fire_due_returns",
    "fire_due_stale",
    "fire_due_steps",
    "fire_due_untouched",
    "fire_due_wrap_up",
    "follow_contacts",
    "has_deadlines",
    "idle_of_queue",
    "lose_presence",
    "make_offers",
    "place",
    "promises",
    "queues_of",
    "rang_in_vain",
    "release",
    "renew_presence",
    "room_for",
    "set_agent_profile",
    "set_agent_profiles",
    "set_agent_state",
    "set_aside",
    "set_priority",
    "set_queue_state",
    "sign_out",
    "transfer",
    "waited_now_us",
    "wrap_up_of",
]
