"""How loud a file is along its length: made by a child process, whatever the file is."""

from __future__ import annotations

from pathlib import Path

from hub.testing.twilio_simulator.tapes import Said, sound_of
from hub.vendors.sound import make_peaks


async def test_each_side_has_its_own_peaks(tmp_path: Path) -> None:
    file = tmp_path / "sound"
    said = [Said(0, "a", 1.0, True), Said(1, "b", 1.0, True), Said(0, "c", 1.0, False)]
    file.write_bytes(sound_of(said))
    customer, ours = await make_peaks(file)
    assert len(customer) == len(ours) == 600
    assert min(customer[10:190]) > 20
    assert max(customer[210:]) == 0
    assert max(ours[:190]) == 0
    assert min(ours[210:390]) > 20


async def test_what_is_no_sound_has_no_peaks(tmp_path: Path) -> None:
    file = tmp_path / "sound"
    file.write_bytes(b"RIFF" + b"\xff" * 5000)
    assert await make_peaks(file) == []
