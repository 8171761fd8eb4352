"""Properties of texts."""
