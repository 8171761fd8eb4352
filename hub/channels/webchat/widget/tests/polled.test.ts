import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Chat } from "../src/panel/chat";
import { polled } from "../src/polled/polled";

interface Asked {
  path: string;
  body: string;
  answer(status: number, text?: string): void;
  lose(): void;
  signal: AbortSignal | undefined;
}

let asked: Asked[];
let kept: Record<string, string>;

function aLine() {
  const chat = {
    host: { base: "https://hub/channels/shop" },
    config: { socket_url: "wss://hub" },
    memory: { set: (key: string, value: string) => (kept[key] = value) },
    connection: { restart: vi.fn(), unheard: 2 },
  };
  const line = polled(chat as unknown as Chat);
  const said: string[] = [];
  const closed: number[] = [];
  line.onmessage = (event) => said.push((JSON.parse(event.data as string) as { type: string }).type);
  line.onclose = (event) => closed.push(event.code);
  return { chat, line, said, closed };
}

/** Until all that can happen without time passing has happened. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const last = (path: string): Asked => asked.findLast((it) => it.path === path) as Asked;
const headOf = (it: Asked): Record<string, unknown> => JSON.parse(it.body.split("\n")[0] ?? "") as Record<string, unknown>;

async function anOpenLine() {
  const made = aLine();
  await settle();
  made.line.send('{"type":"hello"}');
  await settle();
  last("").answer(200, '{"line":"key","first":1}\n{"type":"welcome"}');
  await settle();
  return made;
}

beforeEach(() => {
  asked = [];
  kept = {};
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", vi.fn());
  vi.stubGlobal("removeEventListener", vi.fn());
  vi.stubGlobal("document", { addEventListener: vi.fn(), removeEventListener: vi.fn(), visibilityState: "visible" });
  vi.stubGlobal("fetch", (url: string, { body, signal }: { body: string; signal?: AbortSignal }) =>
    new Promise((done, fail) => {
      signal?.addEventListener("abort", () => fail(new Error("aborted")));
      asked.push({
        path: url.replace("https://hub/channels/shop/line", ""),
        body,
        signal,
        answer: (status, text = "") => done(new Response(status === 204 ? null : text, { status })),
        lose: () => fail(new TypeError("network")),
      });
    }),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the hello opens the line, and its answer brings the welcome", async () => {
  const { said } = await anOpenLine();
  expect(last("").body).toBe('{"type":"hello"}');
  expect(said).toEqual(["welcome"]);
  expect(headOf(last("/receive"))).toEqual({ line: "key", after: 1, wait: true });
  expect(Number(kept.polled)).toBeGreaterThan(Date.now());
});

test("frames of one turn go together, the next ones when those are taken", async () => {
  const { line } = await anOpenLine();
  line.send("a");
  line.send("b");
  await settle();
  line.send("c");
  await settle();
  expect(asked.filter((it) => it.path === "/send").map((it) => it.body)).toEqual(['{"line":"key","number":2}\na\nb']);
  last("/send").answer(204);
  await settle();
  expect(last("/send").body).toBe('{"line":"key","number":4}\nc');
});

test("a request whose answer was lost is made again with the same number", async () => {
  const { line, closed } = await anOpenLine();
  line.send("a");
  await settle();
  last("/send").lose();
  await vi.advanceTimersByTimeAsync(1_000);
  const sent = asked.filter((it) => it.path === "/send").map((it) => it.body);
  expect(sent).toEqual([sent[0], sent[0]]);
  expect(closed).toEqual([]);
});

test("what was told before is not told again", async () => {
  const { said } = await anOpenLine();
  last("/receive").answer(200, '{"first":1}\n{"type":"welcome"}\n{"type":"ack"}');
  await settle();
  expect(said).toEqual(["welcome", "ack"]);
  expect(headOf(last("/receive"))).toMatchObject({ after: 2 });
});

test("an answer without news is a beat", async () => {
  const { said } = await anOpenLine();
  last("/receive").answer(200, '{"first":2}');
  await settle();
  expect(said).toEqual(["welcome", "pong"]);
});

test("the end of the line is told after what was said before it", async () => {
  const { said, closed } = await anOpenLine();
  last("/receive").answer(200, '{"first":2,"code":1008}\n{"type":"problem"}');
  await settle();
  expect([said, closed]).toEqual([["welcome", "problem"], [1008]]);
});

test.each([404, 409, 403])("a line the hub refuses with %i is over at once", async (status) => {
  const { closed } = await anOpenLine();
  last("/receive").answer(status, "{}");
  await settle();
  expect(closed).toEqual([1006]);
});

test("a page that is not the hub's ends the line", async () => {
  const { closed } = await anOpenLine();
  last("/receive").answer(200, "<html>Please sign in to the hotel's network</html>");
  await settle();
  expect(closed).toEqual([1006]);
});

test("who is not let in is told why, as on a socket", async () => {
  const { line, said, closed } = aLine();
  await settle();
  line.send('{"type":"hello"}');
  await settle();
  last("").answer(429, '{"code":"too_many","message":"","retry_after_s":3}');
  await settle();
  expect([said, closed]).toEqual([["problem"], [1013]]);
});

test("a line that never began is not remembered", async () => {
  const { line, closed } = aLine();
  await settle();
  line.send('{"type":"hello"}');
  await settle();
  last("").lose();
  await settle();
  expect([closed, kept.polled]).toEqual([[1006], ""]);
});

test("a page that goes ends its poll and says so", async () => {
  const { line, closed } = await anOpenLine();
  line.close();
  expect(last("/receive").signal?.aborted).toBe(true);
  expect(headOf(last("/send"))).toEqual({ line: "key", bye: true });
  await settle();
  expect(closed).toEqual([]);
});

test("what was to be asked again is not, once another line has taken over", async () => {
  const { line } = await anOpenLine();
  line.send("a");
  await settle();
  last("/send").lose();
  await settle();
  line.close();
  const count = asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(count);
});

test("a page whose policy forbids WebSockets stays on the line", async () => {
  const tried = vi.fn();
  vi.stubGlobal("WebSocket", class {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSED = 3;
    constructor() {
      tried();
      throw new Error("insecure");
    }
  });
  const { closed } = await anOpenLine();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([tried.mock.calls.length, closed]).toEqual([1, []]);
});

test("of hidden pages only the one that has the browser's lock waits; the others rest", async () => {
  const locks = { request: (_: string, __: unknown, done: (lock: unknown) => unknown) => done(null) };
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("document", { ...document, visibilityState: "hidden" });
  const { line } = await anOpenLine();
  const polls = (): Asked[] => asked.filter((it) => it.path === "/receive");
  expect(headOf(last("/receive"))).toMatchObject({ wait: false });
  last("/receive").answer(200, '{"first":2}');
  await vi.advanceTimersByTimeAsync(4_900);
  expect(polls()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(polls()).toHaveLength(2);
  last("/receive").answer(200, '{"first":2}');
  await settle();
  line.send("a"); // whoever writes hears the answer at once
  await settle();
  last("/send").answer(204);
  await settle();
  expect(polls()).toHaveLength(3);
});
