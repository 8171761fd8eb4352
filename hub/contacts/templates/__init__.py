"""Texts the hub sends to customers by itself: the usual ones, and those of the set-up instead."""
