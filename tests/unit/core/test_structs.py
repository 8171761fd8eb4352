from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
import threading

import msgspec

from hub.core.structs import prepare_structs
from hub.routing.settings import RoutingSettings

prepare_structs()
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)


def decode() -> None:
    together.wait()
    msgspec.json.decode(b"{}", type=RoutingSettings)


class Late(msgspec.Struct):
    wrong: "no_such_type"


try:
    prepare_structs()
except NameError:
    print("each Struct is worked out")
threads = [threading.Thread(target=decode) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_decode_a_struct_first_together_live() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=False)
    assert done.stdout.decode().strip() == "each Struct is worked out"
    assert done.returncode == 0
