"""Reports and exports: their routes."""

from __future__ import annotations

from hub.reporting.api import ReportRoutes

from .parts import Parts


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of reports."""
    return [ReportRoutes(parts.store)]
