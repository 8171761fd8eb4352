"""What tests and the demo share: a manual clock, databases made on the spot, simulators,
drivers.
"""
