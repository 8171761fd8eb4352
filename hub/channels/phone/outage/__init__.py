"""Whether the provider is away: a pure judgement, and the watch that asks and tells."""
