"""Which provider is away: a row for each while it is."""

from sqlalchemy import Column, String, Table

from hub.storage import UTCDateTime, metadata

provider_outages = Table(
    "provider_outages",
    metadata,
    Column("channel", String(16), primary_key=True),  # the one it carries
    Column("since", UTCDateTime(), nullable=False),  # the first request it did not answer
    Column("reason", String(200), nullable=False),  # how it failed last, in the channel's words
    # When it last told us something by itself: what comes in still comes in. NULL: not since.
    Column("heard_at", UTCDateTime()),
)
