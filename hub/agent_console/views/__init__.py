"""One list over all channels: what a view shows, saved views, their counts, acts on many rows."""
