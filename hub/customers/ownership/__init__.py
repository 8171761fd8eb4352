"""Who looks after a customer, and who did before."""
