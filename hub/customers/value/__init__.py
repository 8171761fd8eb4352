"""What customers are worth, and the tier that follows from it (knowledge.md, Value tiers)."""
