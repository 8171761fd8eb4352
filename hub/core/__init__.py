"""What every part may use: clock, ids, errors, bus, supervision, logs, metrics, text. Imports
nothing of the hub.
"""
