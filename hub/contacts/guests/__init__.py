"""Who else is on a call beside its customer and its agent: supervisors, and whoever is asked."""
