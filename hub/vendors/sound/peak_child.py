"""Child program: how loud a WAV file of strangers is along its length, as JSON on stdout.

Run as a file in a process of its own, with limits on memory and CPU time that it sets for itself
before it opens anything. It imports nothing of the hub. Usage: peak_child.py PATH. Prints a list
for each channel, numbers from 0 to 100.
"""

from __future__ import annotations

import json
import resource
import sys
import wave
from array import array

MEMORY_BYTES = 256 * 1024 * 1024
CPU_S = 20
BINS = 600
LOOKED_AT = 400  # samples of a channel in each of them: more changes nothing that can be seen
MAX_CHANNELS = 2


def limit() -> None:
    """Give up rights to more memory and time than any honest file needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def peaks_of(path: str) -> list[list[int]]:
    """Return the loudest sample of each stretch; [] for what is no 16-bit PCM of two channels."""
    with wave.open(path, "rb") as file:
        channels = file.getnchannels()
        frames = file.getnframes()
        if file.getsampwidth() != 2 or channels > MAX_CHANNELS or not frames:
            return []
        bins = min(BINS, frames)
        found: list[list[int]] = [[] for _ in range(channels)]
        for place in range(bins):
            first, end = place * frames // bins, (place + 1) * frames // bins
            file.setpos(first)
            samples = array("h", file.readframes(min(end - first, 1_000_000)))
            if sys.byteorder == "big":
                samples.byteswap()
            step = max(1, len(samples) // channels // LOOKED_AT)
            for channel in range(channels):
                heard = samples[channel :: channels * step]
                found[channel].append(loudness(heard))
        return found


def loudness(heard: array[int]) -> int:
    """Return the largest swing, 0 to 100."""
    if not heard:
        return 0
    return min(100, round(100 * max(max(heard), -min(heard)) / 32_767))


if __name__ == "__main__":
    limit()
    sys.stdout.write(json.dumps(peaks_of(sys.argv[1])))
