"""What the demo's contact center has done before: one module for each feature, called by `seed`."""

from __future__ import annotations

from .business import write_business
from .campaigns import write_campaign
from .consent import write_consent
from .field import write_field_work
from .groups import write_groups
from .learned import write_learned
from .phone_lists import write_phone_list
from .promises import write_promises
from .research import write_research
from .scene import Scene as Scene
from .scene import WritePast
from .value import write_value

PASTS: tuple[WritePast, ...] = (
    write_promises,
    write_business,
    write_research,
    write_value,
    write_consent,
    write_field_work,
    write_learned,
    write_groups,
    write_campaign,
    write_phone_list,
)
"""In this order, after set-up, staff, customers, articles and the history of contacts."""
