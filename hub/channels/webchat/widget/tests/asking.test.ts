import { h, render } from "preact";
import { beforeEach, expect, test, vi } from "vitest";
import type { Chat } from "../src/panel/chat";
import { ChatContext } from "../src/panel/parts/use";
import type { ServerFrame } from "../src/panel/protocol";
import { Wished } from "../src/panel/wished";
import { useAsking, type Asking } from "../src/wishes/asking";

/** A question in a chat, drawn into a page that takes nothing. */
function aQuestion() {
  const say = vi.fn(() => true);
  const chat = { say, changed: vi.fn(), memory: { get: () => "" } } as unknown as Chat;
  const wished = new Wished(chat);
  Object.assign(chat, { wished });
  const drawn = {} as { asking: Asking };
  const Question = () => {
    drawn.asking = useAsking((frame) => frame.type === "mailed");
    return null;
  };
  const page = { nodeType: 1, childNodes: [], firstChild: null, namespaceURI: "" };
  const draw = (...keys: string[]): void =>
    render(h(ChatContext.Provider, { value: chat, children: keys.map((key) => h(Question, { key })) }), page as never);
  draw("one");
  const problem = (code: string, retry_after_s?: number): boolean =>
    wished.take({ type: "problem", code, message: "", retry_after_s } as ServerFrame);
  return { say, wished, drawn, draw, problem };
}

let it: ReturnType<typeof aQuestion>;
const settled = () => vi.waitFor(() => expect(it.drawn.asking.waiting).toBe(false));
const ask = async () => {
  it.drawn.asking.ask({ type: "transcript", email: "wang@example.test" });
  await vi.waitFor(() => expect(it.drawn.asking.waiting).toBe(true));
};

beforeEach(() => void (it = aQuestion()));

test.each(["email.wrong", "code.too_many", "too_many", "unavailable", "not_found", "malformed"])(
  "%s ends the wait of who asked, and is told there only",
  async (code) => {
    await ask();
    expect(it.problem(code, 2)).toBe(true);
    await settled();
    expect(it.drawn.asking.refused).toEqual({ code, retryAfterS: 2 });
  },
);

test("who is blocked is told so of the chat, and waits no more", async () => {
  await ask();
  expect(it.problem("blocked")).toBe(false);
  await settled();
});

test("what the hub has against something else is not told to who asked nothing", async () => {
  expect(it.problem("too_many")).toBe(false);
  await ask();
  it.wished.take({ type: "mailed", to: "wang@example.test" });
  await settled();
  expect(it.problem("too_many")).toBe(false);
  expect(it.drawn.asking.refused).toBeNull();
});

test("without a line nothing is awaited", async () => {
  await ask();
  it.wished.take(null);
  await settled();
  expect(it.drawn.asking.refused?.code).toBe("unavailable");
  it.say.mockReturnValue(false);
  it.drawn.asking.ask({ type: "transcript", email: "" });
  await settled();
});

test("a question that goes takes back only what is its own", () => {
  it.draw("one", "two");
  const second = it.wished.taker;
  it.draw("two");
  expect(it.wished.taker).toBe(second);
  it.draw();
  expect(it.wished.taker).toBeUndefined();
});
