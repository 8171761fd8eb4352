"""New customers find who looks after them: by rules, with a trace, and in time."""
