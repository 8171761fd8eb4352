"""Which other records may be the same customer: offered to a person, never merged by itself."""
