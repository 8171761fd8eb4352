"""Two records, one person: merges, their undoing, and addresses that go to another record."""
