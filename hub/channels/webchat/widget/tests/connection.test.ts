import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection, type Socket } from "../src/panel/connection";

class Fake implements Socket {
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  send = vi.fn();
  close = vi.fn();
  constructor(readonly kind: string) {
    dialled.push(this);
  }
  says(): void {
    this.onmessage?.({ data: '{"type":"pong"}' } as MessageEvent);
  }
  breaks(): void {
    this.onclose?.({ code: 1006 } as CloseEvent);
  }
}

let dialled: Fake[];
const kinds = (): string => dialled.map((it) => it.kind[0]).join("");

function aConnection(load: () => Promise<() => Socket> = () => Promise.resolve(() => new Fake("polled")), unheard = 0) {
  const events = { opened: vi.fn(), frame: vi.fn(), down: vi.fn() };
  return new Connection("ws://hub", events, load, unheard);
}

/** The line that was dialled last ends, and the next one is dialled. */
async function breakLast(): Promise<void> {
  const before = dialled.length;
  dialled.at(-1)?.breaks();
  for (let ms = 0; dialled.length === before && ms < 60_000; ms += 100) await vi.advanceTimersByTimeAsync(100);
}

beforeEach(() => {
  dialled = [];
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", vi.fn());
  vi.stubGlobal("document", { addEventListener: vi.fn() });
  vi.stubGlobal("WebSocket", class extends Fake {
    static readonly OPEN = 1;
    constructor() {
      super("socket");
    }
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("after two sockets of which nothing was heard, each other attempt goes without", async () => {
  aConnection().start();
  for (let count = 0; count < 5; count += 1) await breakLast();
  expect(kinds()).toBe("ssp" + "sps");
});

test("once a line without a socket has worked it is the one that comes back", async () => {
  aConnection().start();
  await breakLast();
  await breakLast();
  dialled.at(-1)?.says();
  await breakLast();
  dialled.at(-1)?.says();
  await breakLast();
  expect(kinds()).toBe("ssppp");
});

test("a socket that was heard and broke is tried again for long", async () => {
  aConnection().start();
  dialled.at(-1)?.says();
  for (let count = 0; count < 6; count += 1) await breakLast();
  expect(kinds()).toBe("sssssss");
  await breakLast();
  expect(kinds()).toBe("sssssssp");
});

test("what was remembered is tried first", async () => {
  aConnection(undefined, 2).start();
  await vi.advanceTimersByTimeAsync(0);
  expect(kinds()).toBe("p");
});

test("where the other way cannot be loaded a socket is tried again", async () => {
  const load = vi.fn(() => Promise.reject(new Error("offline")));
  aConnection(load).start();
  await breakLast();
  await breakLast();
  expect(load).toHaveBeenCalled();
  expect(kinds()).toBe("sss");
});

test("a chat that was stopped dials no more, whatever is still being loaded", async () => {
  let loaded: (open: () => Socket) => void = () => undefined;
  const connection = aConnection(() => new Promise((done) => (loaded = done)), 2);
  connection.start();
  vi.stubGlobal("removeEventListener", vi.fn());
  vi.stubGlobal("document", { removeEventListener: vi.fn() });
  connection.stop();
  loaded(() => new Fake("polled"));
  await vi.advanceTimersByTimeAsync(0);
  expect(kinds()).toBe("");
});
