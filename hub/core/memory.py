"""The garbage collector, set for a process that runs for months."""

from __future__ import annotations

import gc

# The first is a pause: all that was made since the last look is gone through while every thread
# waits, and a statement that SQLAlchemy puts together is some two hundred objects in cycles. 2,000
# take 2 to 3 ms; 20,000 took 20 to 60, which agents saw as late messages. The sum is the same.
# The third is out of the way: going through all there is, again and again, was a twentieth of the
# CPU of a message (150 chats at full speed).
_THRESHOLDS = (2_000, 20, 1_000)


def settle() -> None:
    """Set aside what start-up made, once everything is built: it is never looked through again.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
