"""Scripts that print how fast the hub is, each figure beside its limit: `python -m
benchmarks.X`.
"""
