"""Campaigns: we write to many customers of our own accord, a part left out to compare with."""
