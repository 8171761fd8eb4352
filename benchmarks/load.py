"""Customers and agents in a process of their own, so that the load costs the hub nothing.

Run as `python -m benchmarks.load`: one JSON command a line on standard input, one JSON answer a
line on standard output. Sockets are picows' on uvloop; `benchmarks.crowd` is the other end of the
pipe.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from .figures import percentile
from .machine import LOAD_CORE, pin

_OPENING = 20  # sockets opened at once
_BEAT_S = 5.0
_SETTLE_S = 15.0
_TEXT = "Where is my parcel? I ordered it last week, number {}. 我的包裹到哪里了？"


class Received(msgspec.Struct):
    """What the load needs of a frame, of either edge."""

    type: str
    client_id: str = ""
    code: str = ""
    message: str = ""
    items: list[Entry] = []


class Entry(msgspec.Struct):
    client_id: str | None = None


_decoder = msgspec.json.Decoder(Received)
_encoder = msgspec.json.Encoder()


class Ledger:
    """When each message was sent, acknowledged and seen by its agent, and in which order.

    A client id names the customer and the number of the message, which rises with each.
    """

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.ack_s: list[float] = []
        self.seen_s: list[float] = []
        self.refused: list[str] = []
        self.reordered = 0  # seen after a later one of the same customer
        self.twice = 0
        self._unseen: dict[str, float] = {}
        self._last: dict[str, int] = {}  # customer -> the latest message that was seen
        self._number = 0

    def clear(self) -> None:
        self.sent.clear()
        self._unseen.clear()
        self._last.clear()
        self.reordered = self.twice = 0
        self.ack_s, self.seen_s, self.refused = [], [], []

    def new_message(self, customer: int) -> bytes:
        """Return the frame of a message that this customer sends now."""
        self._number += 1
        client_id = f"load-{customer:05d}-{self._number:08d}"
        self.sent[client_id] = self._unseen[client_id] = time.perf_counter()
        return _encoder.encode(
            {"type": "send", "client_id": client_id, "text": _TEXT.format(self._number)}
        )

    def acked(self, client_id: str) -> None:
        at = self.sent.pop(client_id, None)
        if at is not None:
            self.ack_s.append(time.perf_counter() - at)

    def seen(self, client_id: str) -> None:
        at = self._unseen.pop(client_id, None)
        _, customer, number = client_id.split("-")
        if at is not None:
            self.seen_s.append(time.perf_counter() - at)
            self.reordered += int(number) < self._last.get(customer, 0)
            self._last[customer] = max(int(number), self._last.get(customer, 0))
        elif customer in self._last:
            self.twice += 1

    def figures(self, seconds: float) -> dict[str, Any]:
        return {
            "per_s": len(self.ack_s) / seconds,
            "acked": len(self.ack_s),
            "seen": len(self.seen_s),
            "refused": self.refused[:3],
            "ack_p50_ms": percentile(self.ack_s, 50) * 1000,
            "ack_p99_ms": percentile(self.ack_s, 99) * 1000,
            "seen_p50_ms": percentile(self.seen_s, 50) * 1000,
            "seen_p99_ms": percentile(self.seen_s, 99) * 1000,
        }


class Customer(WSListener):
    """One page. With `eager` it writes again as soon as it is acknowledged."""

    def __init__(self, entry_point: str, ledger: Ledger, number: int) -> None:
        self._entry_point = entry_point
        self._number = number
        self._ledger = ledger
        self.welcomed = asyncio.get_running_loop().create_future()
        self.eager = False
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        hello = {"type": "hello", "entry_point": self._entry_point, "language": "en"}
        transport.send(WSMsgType.TEXT, _encoder.encode(hello))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        received = _decoder.decode(frame.get_payload_as_memoryview())
        if received.type == "ack":
            self._ledger.acked(received.client_id)
            if self.eager:
                self.write()
        elif received.type == "nack" or received.type == "problem":
            self._ledger.refused.append(f"{received.code}: {received.message}")
            if not self.welcomed.done():
                self.welcomed.set_exception(RuntimeError(received.message))
        elif received.type == "welcome" and not self.welcomed.done():
            self.welcomed.set_result(None)

    def write(self) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send(WSMsgType.TEXT, self._ledger.new_message(self._number))


class Agent(WSListener):
    """One console that follows its conversations."""

    def __init__(self, conversations: list[str], ledger: Ledger) -> None:
        self._conversations = conversations
        self._ledger = ledger
        self.ready = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        self.frames = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.say({"type": "hello"})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        self.frames += 1
        received = _decoder.decode(frame.get_payload_as_memoryview())
        for entry in received.items:
            if entry.client_id is not None:
                self._ledger.seen(entry.client_id)
        if received.type == "snapshot" and not self.ready.done():
            for conversation_id in self._conversations:
                self.say({"type": "open", "conversation_id": conversation_id})
            self.ready.set_result(None)

    def say(self, frame: dict[str, Any]) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send(WSMsgType.TEXT, _encoder.encode(frame))


class Load:
    """The commands, each a method."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._customers: list[Customer] = []
        self._agents: list[Agent] = []

    async def connect(self, command: dict[str, Any]) -> dict[str, Any]:
        """Open pages at `url`; with `write`, each has written its first message in the end."""

        async def one(number: int) -> None:
            def page() -> Customer:
                return Customer(command["entry_point"], self._ledger, number)

            _, listener = await ws_connect(page, command["url"], use_aiofastnet=False)
            assert isinstance(listener, Customer)  # noqa: S101 - narrows the factory's type
            await listener.welcomed
            self._customers.append(listener)

        first = len(self._customers)
        numbers = range(first, first + command["customers"])
        await _some_at_once([partial(one, number) for number in numbers])
        self._ledger.clear()
        if command["write"]:
            for customer in self._customers:
                customer.write()
            await self._settled()
        return {"customers": len(self._customers)}

    async def consoles(self, command: dict[str, Any]) -> dict[str, Any]:
        """Sign agents in: `agents` is a list of {key, conversations}."""

        async def one(agent: dict[str, Any]) -> None:
            def console() -> Agent:
                return Agent(agent["conversations"], self._ledger)

            _, listener = await ws_connect(
                console,
                command["url"],
                extra_headers={"Authorization": f"Bearer {agent['key']}"},
                use_aiofastnet=False,
            )
            assert isinstance(listener, Agent)  # noqa: S101 - narrows the factory's type
            await listener.ready
            self._agents.append(listener)

        await _some_at_once([partial(one, agent) for agent in command["agents"]])
        return {"agents": len(self._agents)}

    async def saturate(self, command: dict[str, Any]) -> dict[str, Any]:
        """Every customer writes as fast as it is acknowledged, for `seconds`."""
        self._ledger.clear()
        began = time.perf_counter()
        for customer in self._customers:
            customer.eager = True
            customer.write()
        await asyncio.sleep(command["seconds"])
        figures = self._ledger.figures(time.perf_counter() - began)
        for customer in self._customers:
            customer.eager = False
        await self._settled()
        return figures | self._end()

    async def steady(self, command: dict[str, Any]) -> dict[str, Any]:
        """`per_s` messages a second, whatever the answers, for `seconds`."""
        self._ledger.clear()
        loop = asyncio.get_running_loop()
        began = loop.time()
        count = int(command["per_s"] * command["seconds"])
        for number in range(count):
            due = began + number / command["per_s"]
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            self._customers[number % len(self._customers)].write()
        await self._settled()
        return self._ledger.figures(loop.time() - began) | self._end()

    def _end(self) -> dict[str, Any]:
        """What was still open at the end, after everything had time to arrive."""
        return {
            "unanswered": len(self._ledger.sent),
            "seen_in_the_end": len(self._ledger.seen_s),
            "acked_in_the_end": len(self._ledger.ack_s),
            "reordered": self._ledger.reordered,
            "twice": self._ledger.twice,
            "console_frames": sum(agent.frames for agent in self._agents),
        }

    async def _settled(self) -> None:
        """Wait until all is acknowledged and, where agents look, seen."""
        deadline = time.perf_counter() + _SETTLE_S
        while time.perf_counter() < deadline:
            acked = not self._ledger.sent
            if acked and (not self._agents or len(self._ledger.seen_s) >= len(self._ledger.ack_s)):
                return
            await asyncio.sleep(0.01)

    async def beat(self) -> None:
        """Keep the consoles alive, as browsers do."""
        while True:
            await asyncio.sleep(_BEAT_S)
            for agent in self._agents:
                agent.say({"type": "beat"})


async def _some_at_once(makers: list[Callable[[], Any]]) -> None:
    for start in range(0, len(makers), _OPENING):
        await asyncio.gather(*(make() for make in makers[start : start + _OPENING]))


async def main() -> None:
    """Answer commands until the pipe is closed."""
    load = Load()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    beats = asyncio.create_task(load.beat())
    while line := await reader.readline():
        command = msgspec.json.decode(line)
        method = getattr(load, command.pop("do"))
        try:
            answer = await method(command)
        except Exception as error:  # told to the other end, which stops the benchmark
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.buffer.write(_encoder.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    beats.cancel()


if __name__ == "__main__":
    pin(LOAD_CORE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
