"""May we write to them, or call? Every way out to a person asks here first."""
