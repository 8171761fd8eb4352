import { expect, test } from "vitest";
import { Timeline, continues, type Entry } from "../src/panel/timeline";

function anEntry(seq: number, sender: Entry["sender"] = "agent", minute = seq): Entry {
  const at = new Date(2026, 2, 10, 12, minute).toISOString();
  return { seq, id: `i${seq}`, sender, text: `message ${seq}`, at };
}

const seqs = (timeline: Timeline): number[] => timeline.all().map((entry) => entry.seq);

test("entries are shown by seq whatever the order of their arrival, each once", () => {
  const timeline = new Timeline();
  timeline.push([anEntry(5), anEntry(3)]);
  const fresh = timeline.push([anEntry(4), anEntry(3), anEntry(4), anEntry(9)]);
  expect(seqs(timeline)).toEqual([3, 4, 5, 9]);
  expect(fresh.map((entry) => entry.seq)).toEqual([4, 9]);
});

test("an ack that overtook an answer does not hide that answer from a reconnect", () => {
  const timeline = new Timeline();
  timeline.push([anEntry(1, "customer"), anEntry(2)]);
  timeline.stored(anEntry(3, "customer"));
  expect(timeline.wholeSeq).toBe(3);
  timeline.stored(anEntry(5, "customer")); // the answer 4 is under way
  expect(timeline.lastSeq).toBe(5);
  expect(timeline.wholeSeq).toBe(3);
  timeline.push([anEntry(4), anEntry(6)]);
  expect(timeline.wholeSeq).toBe(6);
  timeline.clear();
  expect(timeline.wholeSeq).toBe(0);
});

test("unread counts only the other side after what was read", () => {
  const timeline = new Timeline();
  timeline.push([anEntry(1, "customer"), anEntry(2), anEntry(3), anEntry(4, "customer")]);
  expect(timeline.countAfter(2, "agent")).toBe(1);
  expect(timeline.lastSeqOf("agent")).toBe(3);
  expect(timeline.lastSeqOf("customer")).toBe(4);
});

test("a group is one sender within five minutes of one day", () => {
  expect(continues(anEntry(1), anEntry(2))).toBe(true);
  expect(continues(anEntry(1), anEntry(2, "customer"))).toBe(false);
  expect(continues(anEntry(1), anEntry(2, "agent", 7))).toBe(false);
  expect(continues(undefined, anEntry(1))).toBe(false);
  const late = { ...anEntry(1), at: new Date(2026, 2, 10, 23, 59).toISOString() };
  const early = { ...anEntry(2), at: new Date(2026, 2, 11, 0, 1).toISOString() };
  expect(continues(late, early)).toBe(false);
});
