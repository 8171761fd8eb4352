import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Outbox } from "../src/panel/outbox";
import type { ClientFrame } from "../src/panel/protocol";
import { Sending } from "../src/panel/sending";

const kept = {
  length: 0,
  key: () => null,
  getItem: () => null,
  setItem: () => undefined,
  removeItem: () => undefined,
};

function aSending() {
  const outbox = new Outbox(kept, "shop ");
  const sent: string[] = [];
  const restart = vi.fn();
  const delayed = vi.fn();
  const line = {
    send: (frame: ClientFrame) => (frame.type === "send" ? sent.push(frame.text) > 0 : true),
    restart,
  };
  return { outbox, sent, restart, delayed, sending: new Sending(outbox, line, delayed) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("one message is under way at a time, in the order typed", () => {
  const { outbox, sent, sending } = aSending();
  outbox.add("one", [], "a", 1);
  outbox.add("two", [], "b", 2);
  sending.flush();
  expect(sent).toEqual([]); // the hub has not greeted us yet
  sending.opened();
  sending.flush();
  expect(sent).toEqual(["one"]);
  sending.settle("a");
  sending.flush();
  expect(sent).toEqual(["one", "two"]);
});

test("a message the hub cannot store now is sent again first, after the named time", () => {
  const { outbox, sent, sending, delayed } = aSending();
  outbox.add("one", [], "a", 1);
  outbox.add("two", [], "b", 2);
  sending.opened();
  const nack = { type: "nack", client_id: "a", code: "unavailable", message: "", retry_after_s: 5 };
  sending.refused(nack as never);
  expect(delayed).toHaveBeenCalledWith(nack, 5000);
  vi.advanceTimersByTime(4999);
  expect(sent).toEqual(["one"]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual(["one", "one"]);
});

test("a message refused for good lets the next one pass", () => {
  const { outbox, sent, sending } = aSending();
  outbox.add("one", [], "a", 1);
  outbox.add("two", [], "b", 2);
  sending.opened();
  sending.refused({ type: "nack", client_id: "a", code: "too_long", message: "" });
  expect(sent).toEqual(["one", "two"]);
  expect(outbox.find("a")?.failed).toBe("too_long");
});

test("a message that is never acknowledged means a dead line", () => {
  const { outbox, sent, sending, restart } = aSending();
  outbox.add("one", [], "a", 1);
  sending.opened();
  vi.advanceTimersByTime(15_000);
  expect(restart).toHaveBeenCalledOnce();
  sending.closed();
  sending.opened();
  expect(sent).toEqual(["one", "one"]);
});

test("a late refusal of what was stored changes nothing", () => {
  const { outbox, sending } = aSending();
  outbox.add("one", [], "a", 1);
  sending.opened();
  sending.settle("a");
  sending.refused({ type: "nack", client_id: "a", code: "too_many", message: "" });
  expect(outbox.all()).toEqual([]);
});
