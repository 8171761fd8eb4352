"""The knowledge store: its routes."""

from __future__ import annotations

from hub.agent_console.readers import visible_queues
from hub.knowledge.api import KnowledgeRoutes
from hub.knowledge.care_api import KnowledgeCareRoutes
from hub.knowledge.help.api import HelpRoutes
from hub.knowledge.writing_api import ArticleWritingRoutes

from .parts import Parts


def routes(parts: Parts) -> list[object]:
    """Return the objects whose methods are the routes of the knowledge store."""
    return [
        KnowledgeRoutes(parts.store, visible_queues),
        KnowledgeCareRoutes(parts.store, visible_queues),
        ArticleWritingRoutes(parts.store, parts.blobs),
        HelpRoutes(parts.store, parts.help_reads),
    ]
