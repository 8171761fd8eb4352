"""Every route of the console is on the list of screens that pictures and tests go through."""

from __future__ import annotations

import re
from pathlib import Path

from hub.testing.screens import SCREENS

WEB = Path(__file__).parents[3] / "hub" / "agent_console" / "web" / "src"
ROUTE = re.compile(r"\bpath: '([^']*)'")
ON_THE_WAY = {"", "enter"}  # they lead elsewhere at once


def routes() -> set[str]:
    """The first part of the path of every route; what catches all is `nowhere`."""
    files = [WEB / "app" / "router.ts", *sorted((WEB / "features").glob("*/routes.ts"))]
    paths = [path for file in files for path in ROUTE.findall(file.read_text("utf-8"))]
    parts = {path.strip("/").split("/")[0] for path in paths}
    return {"nowhere" if part.startswith(":rest") else part for part in parts} - ON_THE_WAY


def test_every_route_is_on_a_screen() -> None:
    paths = (screen.path.partition("?")[0] for screen in SCREENS)
    assert routes() == {path.strip("/").split("/")[0] for path in paths}


def test_every_screen_has_a_name_of_its_own() -> None:
    names = [screen.name for screen in SCREENS]
    assert len(names) == len(set(names))
