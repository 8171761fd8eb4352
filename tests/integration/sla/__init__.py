"""SLA policies on both databases."""
