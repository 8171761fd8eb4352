"""How the channels are handed out in a simulation: as in the sample set-up (routing.md section 7),
without rests, wrap-up and offers that ring."""

from __future__ import annotations

from collections.abc import Mapping

from hub.routing.model import ChannelRules
from hub.setup.model import Capacity


def _channels(capacity: Capacity) -> dict[str, ChannelRules]:
    return {
        name: ChannelRules(
            cost=cost,
            maximum=capacity.max[name],
            interruptible=name in capacity.interruptible,
            comfort=capacity.comfort.get(name, 0),
        )
        for name, cost in capacity.cost.items()
    }


CHANNELS: Mapping[str, ChannelRules] = _channels(Capacity())
