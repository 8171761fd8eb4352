"""How fast one network may read the help, on its pages, in a widget and by API together."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.budget import Budgets, Rate

READS = Rate(per_s=1.0, burst=40.0)  # pages and searches of one network
PICTURES = Rate(per_s=5.0, burst=200.0)  # of one network
VOTES = Rate(per_s=1 / 86_400, burst=1.0)  # of one network on one article


@dataclass(frozen=True, slots=True)
class HelpPace:
    """The budgets of a hub: one object for all places where the help is read.

    `reads` and `pictures` count by network (hub.core.networks), `votes` by network and article.
    """

    reads: Budgets = field(default_factory=lambda: Budgets(READS))
    pictures: Budgets = field(default_factory=lambda: Budgets(PICTURES))
    votes: Budgets = field(default_factory=lambda: Budgets(VOTES))
