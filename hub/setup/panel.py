"""The side panel in the set-up: what is wrong with it, and what the desk gets of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contacts.model import Channel
from hub.contacts.panel.model import Link, Panel, url_problems
from hub.core.errors import Fault

from .model import Setup
from .naming import refer


def side_panel(setup: Setup) -> Panel:
    """Return the panel as the desk reads it."""
    links = [
        Link(
            key=one.key,
            zh=one.zh,
            en=one.en,
            url=one.url,
            channels=tuple(one.channels),
            queues=tuple(one.queues),
        )
        for one in setup.side_panel.links
    ]
    return Panel(
        order=tuple(setup.side_panel.order),
        hidden=tuple(setup.side_panel.hidden),
        links=tuple(links),
    )


def panel_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the order, and with each link at its own field."""
    panel = setup.side_panel
    for name, listed in (("order", panel.order), ("hidden", panel.hidden)):
        for section in sorted({one for one in listed if listed.count(one) > 1}):
            yield Fault(f"side_panel.{name}", f"names {section!r} more than once")
    channels = [channel.value for channel in Channel]
    queues = [queue.key for queue in setup.queues]
    for index, link in enumerate(panel.links):
        path = f"side_panel.links[{index}]"
        for problem in url_problems(link.url):
            yield Fault(f"{path}.url", problem)
        yield from refer(f"{path}.channels", "channel", link.channels, channels)
        yield from refer(f"{path}.queues", "queue", link.queues, queues)
