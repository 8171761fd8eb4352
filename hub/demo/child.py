"""The hub of the demo as a child process: started, watched, killed on request, started again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from pathlib import Path

import aiohttp

from hub.core.errors import Unavailable

log = logging.getLogger(__name__)

_READY_S = 60.0
_STOP_S = 15.0


class HubProcess:
    """Runs `hub serve` with the demo's settings and starts it again whenever it ends.

    `module`: what is run as `hub`; tests run a hub that is more patient.
    """

    def __init__(
        self, settings_file: Path, base_url: str, log_file: Path, module: str = "hub"
    ) -> None:
        self._settings_file = settings_file
        self._base_url = base_url
        self._log_file = log_file
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self.starts = 0
        self.back_after_s: float | None = None

    async def run(self) -> None:
        """Keep a hub running until cancelled; then stop it and wait."""
        try:
            while True:
                began = time.monotonic()
                await self._start()
                await self._wait_ready()
                self.back_after_s = time.monotonic() - began
                self.ready.set()
                process = self._process
                assert process is not None  # noqa: S101 - _start made it
                code = await process.wait()
                self.ready.clear()
                log.warning("the hub ended with %s; it is started again", code)
        finally:
            await self._stop()

    def kill(self) -> None:
        """SIGKILL: as if the power went."""
        if self._process is not None and self._process.returncode is None:
            self.ready.clear()
            self._process.kill()

    async def _start(self) -> None:
        self.starts += 1
        with self._log_file.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._module,
                "serve",
                "--config",
                str(self._settings_file),
                "--doors",
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the driver, which stops the hub
            )

    async def _wait_ready(self) -> None:
        """Wait until /readyz says so. Raises Unavailable when the hub ends or takes too long."""
        deadline = time.monotonic() + _READY_S
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                if self._process is None or self._process.returncode is not None:
                    raise Unavailable(f"The hub did not start; see {self._log_file}.")
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(
                        f"{self._base_url}/readyz", timeout=aiohttp.ClientTimeout(total=2)
                    ) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise Unavailable(f"The hub was not ready within {_READY_S:.0f} s; see {self._log_file}.")

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
