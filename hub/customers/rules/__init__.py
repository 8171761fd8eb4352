"""One language for "which customers": tiers, groups, allocation and campaigns all say it so."""
