import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refused, type Found, type Hit } from "../src/help/api";
import { Search } from "../src/help/search";

const hit = (title: string): Hit => ({ id: title, title, excerpt: "", language: "en" });

interface Asked {
  words: string;
  search: string;
  signal: AbortSignal;
  answer: (found: Found) => void;
  refuse: (error: unknown) => void;
}

function aSearch() {
  const asked: Asked[] = [];
  const found: string[] = [];
  const search = new Search(
    (words, id, signal) =>
      new Promise<Found>((answer, refuse) => asked.push({ words, search: id, signal, answer, refuse })),
    () => undefined,
    (words) => found.push(words),
  );
  return { asked, found, search };
}

const settled = (): Promise<void> => Promise.resolve().then(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is typed is asked at a pause, once, and goes on from the search before", async () => {
  const { asked, found, search } = aSearch();
  search.type("ref");
  vi.advanceTimersByTime(300);
  search.type("refu");
  vi.advanceTimersByTime(449);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(asked.map((it) => it.words)).toEqual(["refu"]);
  asked[0]!.answer({ search: "s1", articles: [hit("Refunds")] });
  await settled();
  expect([search.step, search.hits[0]?.title, search.answered]).toEqual(["done", "Refunds", "refu"]);
  search.type("refund ");
  vi.advanceTimersByTime(450);
  expect([asked[1]?.words, asked[1]?.search]).toEqual(["refund", "s1"]);
  expect(found).toEqual(["refu"]);
});

test("one letter is not asked, one character is, and an empty field shows the newest at once", () => {
  const { asked, search } = aSearch();
  search.type("r");
  vi.advanceTimersByTime(1000);
  expect(asked).toEqual([]);
  search.type("退");
  vi.advanceTimersByTime(450);
  search.type("");
  expect(asked.map((it) => it.words)).toEqual(["退", ""]);
});

test("an answer that comes late changes nothing", async () => {
  const { asked, found, search } = aSearch();
  search.type("one");
  search.now();
  search.type("two");
  search.now();
  expect(asked[0]!.signal.aborted).toBe(true);
  asked[1]!.answer({ search: "b", articles: [hit("Two")] });
  asked[0]!.answer({ search: "a", articles: [hit("One")] });
  await settled();
  expect([search.hits[0]?.title, search.id]).toEqual(["Two", "b"]);
  expect(found).toEqual(["two"]);
});

test("who is too fast waits as long as the hub says, and is asked again by itself", async () => {
  const { asked, search } = aSearch();
  search.now();
  asked[0]!.refuse(new Refused(429, 2.2));
  await settled();
  expect([search.step, search.waitS]).toEqual(["slow", 3]);
  vi.advanceTimersByTime(3000);
  expect(asked.length).toBe(2);
});

test("what cannot be had says so and can be tried again", async () => {
  const { asked, search } = aSearch();
  search.now();
  asked[0]!.refuse(new TypeError("no line"));
  await settled();
  expect(search.step).toBe("failed");
  search.now();
  asked[1]!.answer({ search: "", articles: [] });
  await settled();
  expect(search.step).toBe("done");
});
