"""Reporting: marts as SQL views and their export, indicators with definition and rows behind them.

Reads only what the live tables hold, by views and statements: nothing is kept twice, so the sums
are those of the live store. See docs/reports.md.
"""
