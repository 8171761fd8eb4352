"""A process in the place of a what-if's, killed as it writes: it says what stands in the task where
the database's address should, and no more."""

from __future__ import annotations

import json
import os
import signal
import sys


def main() -> None:
    task = json.loads(sys.stdin.readline())
    sys.stdout.write(task["url"])
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
