"""Handing a job to the hub that runs: one JSON line there, progress lines and a last line back.

The socket lies in the data folder with mode 0600: who can open it could change the database too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from hub.core.errors import HubError, Malformed, Unavailable
from hub.settings import Settings
from hub.storage.lock import FileLock, HubRuns

from .work import JOBS, Tell, Workplace, open_workplace

log = logging.getLogger(__name__)

_LINE_BYTES = 64 << 20  # an import's file travels in one line


class Ask(Struct, frozen=True):
    job: str
    argument: Raw


class Progress(Struct, frozen=True, tag="progress"):
    done: int
    total: int


class Result(Struct, frozen=True, tag="result"):
    value: Raw


class Refused(Struct, frozen=True, tag="refused"):
    code: str
    message: str


class JobRefused(HubError):
    """The running hub refused the job; the message is its own."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message, code=refused.code)


def socket_path(settings: Settings) -> Path:
    return settings.data_path() / "hub.sock"


class JobServer:
    """The service in the running hub that does jobs, one at a time."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._path = socket_path(place.settings)
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Listen until cancelled. The caller holds the file lock: a socket found is a dead one."""
        async with self.listening():
            await asyncio.Event().wait()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._path, limit=_LINE_BYTES)
        self._path.chmod(0o600)
        try:
            async with server:
                yield
        finally:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def tell(done: int, total: int) -> None:
            await _send(writer, Progress(done, total))

        try:
            line = await reader.readline()
            answer = await self._answer(line, tell)
            await _send(writer, answer)
        except (ConnectionError, ValueError) as error:  # gone, or a line over the limit
            log.warning("a job's caller went away: %s", error)
        finally:
            writer.close()

    async def _answer(self, line: bytes, tell: Tell) -> Result | Refused:
        try:
            ask = msgspec.json.decode(line, type=Ask)
            async with self._turn:
                return Result(Raw(await _run(self._place, ask.job, bytes(ask.argument), tell)))
        except msgspec.MsgspecError as error:
            return Refused("malformed", f"The hub does not understand this job: {error}")
        except HubError as error:
            return Refused(error.reason, error.message)
        except ConnectionError:
            raise
        except Exception:
            log.exception("job failed", extra={"job": line[:40].decode(errors="replace")})
            return Refused("hub.error", "The job failed in the hub; its log says why.")


async def _run(place: Workplace, name: str, argument: bytes, tell: Tell) -> bytes:
    job = JOBS.get(name)
    if job is None:
        raise Malformed(
            f"There is no job {name!r}: hub and command line are of different versions."
        )
    result = await job.run(place, msgspec.json.decode(argument, type=job.argument), tell)
    return msgspec.json.encode(result)


async def carry_out(settings: Settings, name: str, argument: Struct, tell: Tell) -> Struct:
    """Do a job here, or in the hub that works on this database, and return its result.

    Raises what the job raises; JobRefused where the running hub refused it.
    """
    job = JOBS[name]
    encoded = msgspec.json.encode(argument)
    try:
        with contextlib.ExitStack() as held:
            if (database := settings.sqlite_path()) is not None:
                held.enter_context(FileLock(database))
            async with open_workplace(settings) as place:
                answer = await _run(place, name, encoded, tell)
    except HubRuns as runs:
        if runs.socket is None:
            raise
        answer = await _hand_over(runs.socket, name, encoded, tell)
    result: Struct = msgspec.json.decode(answer, type=job.result)
    return result


async def _hand_over(path: Path, name: str, argument: bytes, tell: Tell) -> bytes:
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_BYTES)
    except OSError as error:
        raise Unavailable(f"The running hub takes no jobs at {path}: {error.strerror}") from None
    try:
        await _send(writer, Ask(name, Raw(argument)))
        while line := await reader.readline():
            answer = msgspec.json.decode(line, type=Progress | Result | Refused)
            if isinstance(answer, Result):
                return bytes(answer.value)
            if isinstance(answer, Refused):
                raise JobRefused(answer)
            await tell(answer.done, answer.total)
    finally:
        writer.close()
    raise Unavailable("The hub stopped during the job; run it again.")


async def _send(writer: asyncio.StreamWriter, message: Struct) -> None:
    writer.write(msgspec.json.encode(message) + b"\n")
    await writer.drain()
