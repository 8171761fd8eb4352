"""The wheel: what `pip install` needs is in it, and what it does not need is not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import skip_missing

ROOT = Path(__file__).parents[3]
NEEDED = {
    "hub/agent_console/static/index.html",
    "hub/channels/webchat/static/widget.js",
    "hub/channels/webchat/static/panel.js",
    "hub/channels/webchat/static/help.js",
    "hub/config/hub.example.toml",
    "hub/config/contact_center.example.toml",
    "hub/config/demo/customers.toml",
    "hub/storage/migrations/env.py",
}


def test_the_wheel_holds_the_built_pages_and_the_samples_but_no_sources_of_pages(
    tmp_path: Path,
) -> None:
    if not (ROOT / "hub" / "agent_console" / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")
    options = ("--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(tmp_path))
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("contact_hub-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= NEEDED
    unwanted = ("tests/", "benchmarks/", "hub/agent_console/web/", "hub/channels/webchat/widget/")
    assert [name for name in names if name.startswith(unwanted)] == []
