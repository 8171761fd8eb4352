import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Host } from "../src/host";
import { Chat } from "../src/panel/chat";
import { Memory } from "../src/panel/memory";
import type { Config, ServerFrame } from "../src/panel/protocol";
import { Texts } from "../src/panel/texts";

/** The line as the page has it: it opens, and brings what the hub says. */
class Line {
  static readonly OPEN = 1;
  static last: Line;
  readyState = Line.OPEN;
  readonly sent: { type: string }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    Line.last = this;
  }
  send(raw: string): void {
    this.sent.push(JSON.parse(raw) as { type: string });
  }
  close(): void {
    this.readyState = 3;
  }
  bring(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const WELCOME: ServerFrame = {
  type: "welcome",
  conversation: "c",
  last_seq: 0,
  standing: { state: "waiting", position: 1, wait_low_s: null, wait_high_s: null, open_now: true, agent: "" },
  limits: { text_characters: 8000, files: 10, file_bytes: 1, heartbeat_s: 25 },
  token: "t",
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("document", { addEventListener: vi.fn(), visibilityState: "visible" });
  vi.stubGlobal("addEventListener", vi.fn());
  vi.stubGlobal("location", { origin: "https://shop.example", pathname: "/" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function aChat(): Chat {
  const config = { entry_point: "shop", socket_url: "wss://hub.example/", pre_chat: {} };
  const host = { base: "/channels/shop", back: "", emit: vi.fn(), showUnread: vi.fn() };
  const chat = new Chat(
    config as Config,
    new Memory("/channels/shop"),
    host as unknown as Host,
    Texts.builtIn("en"),
  );
  chat.connect();
  Line.last.onopen?.();
  Line.last.bring(WELCOME);
  return chat;
}

test("who signs out without a line leaves no address behind for the next one", () => {
  const chat = aChat();
  Line.last.bring({ type: "proved", email: "wang@example.test" });
  expect([chat.proved, chat.memory.get("email")]).toEqual(["wang@example.test", "wang@example.test"]);
  Line.last.onclose?.({ code: 1006 });
  chat.logout();
  expect([chat.proved, chat.memory.get("email"), chat.standing.state]).toEqual(["", "", "idle"]);
});

test("the messages of the next one are not read because the last one's were", () => {
  const chat = aChat();
  Line.last.bring({ type: "read", seq: 7 });
  Line.last.bring({ type: "survey", contact: "k" });
  chat.rate(5, "");
  chat.logout();
  expect([chat.agentReadSeq, chat.surveyDone]).toEqual([0, false]);
});

test("who signs out leaves nothing half typed behind", () => {
  const chat = aChat();
  const typed = ["draft", "typed_name", "typed_email"] as const;
  for (const what of typed) chat.memory.set(what, "wang");
  chat.logout();
  expect(typed.map((what) => chat.memory.get(what))).toEqual(["", "", ""]);
});

test("a proof that has ended is none, and whose it was is gone with who signs out", () => {
  const chat = aChat();
  Line.last.bring({ type: "proved", email: "wang@example.test" });
  Line.last.bring({ type: "proof_ended", email: "wang@example.test" });
  expect([chat.proved, chat.lapsed]).toEqual(["", "wang@example.test"]);
  chat.logout();
  expect(chat.lapsed).toBe("");
});
