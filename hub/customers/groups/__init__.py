"""Saved customer groups: rules whose members come and go by themselves."""
