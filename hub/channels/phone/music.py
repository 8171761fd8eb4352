"""The built-in music of the waiting room: made here, so nothing is fetched and nothing is owed.

Soft chords as 8 kHz, 16-bit mono WAV, which every telephony provider plays. Pure.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache

RATE_HZ = 8000
_CHORD_S = 2.5
# C, Am, F, G over two octaves: frequencies in Hz (equal temperament, A4 = 440).
_CHORDS = (
    (261.63, 329.63, 392.00),
    (220.00, 261.63, 329.63),
    (174.61, 220.00, 261.63),
    (196.00, 246.94, 293.66),
)
_LOUDNESS = 0.16  # of full scale: people listen to it for minutes


@cache
def waiting_music() -> bytes:
    """Return about 20 s of music as a WAV file (320 kB)."""
    samples: list[int] = []
    for repeat in range(2):
        for chord in _CHORDS:
            samples += _chord(chord, octave=1 + repeat)
    return to_wav(samples)


@cache
def ringing_tone() -> bytes:
    """Return one second of tone and four of silence (425 Hz, as in China and most of Europe)."""
    tone = [
        int(32767 * _LOUDNESS * math.sin(2 * math.pi * 425 * index / RATE_HZ))
        for index in range(RATE_HZ)
    ]
    return to_wav(tone + [0] * (4 * RATE_HZ))


def to_wav(samples: list[int]) -> bytes:
    """Return 16-bit samples as a WAV file of one channel at 8 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return buffer.getvalue()


def _chord(notes: tuple[float, ...], octave: int) -> list[int]:
    """The notes of a chord picked one after the other, each fading out."""
    length = int(_CHORD_S * RATE_HZ)
    mixed = [0.0] * length
    for place in range(6):
        frequency = notes[place % len(notes)] * octave
        start = place * length // 6
        for index in range(start, length):
            at_s = (index - start) / RATE_HZ
            fade = math.exp(-2.2 * at_s) * min(1.0, at_s * 60)
            mixed[index] += math.sin(2 * math.pi * frequency * at_s) * fade
    return [int(32767 * _LOUDNESS * max(-1.0, min(1.0, value / 2))) for value in mixed]
