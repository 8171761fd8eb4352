"""The side panel in force: one row, as in `routing_setup`."""

from sqlalchemy import Column, String, Table, Text

from hub.storage import metadata

panel_setup = Table(
    "panel_setup",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("document", Text, nullable=False),  # JSON of model.Panel
)
