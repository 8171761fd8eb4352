import { expect, test, vi } from "vitest";
import type { Chat } from "../src/panel/chat";
import { Helping } from "../src/panel/helping";

function aHelping({ help = true, token = "", lastSeq = 0, state = "idle" } = {}) {
  const kept = new Map<string, string>([["token", token]]);
  const chat = {
    config: { help },
    standing: { state },
    timeline: { lastSeq },
    outbox: { all: () => [] },
    memory: {
      get: (what: string) => kept.get(what) ?? "",
      set: (what: string, value: string) => kept.set(what, value),
    },
    connect: vi.fn(),
    changed: vi.fn(),
  };
  return { chat, kept, helping: new Helping(chat as unknown as Chat) };
}

test("the help stands before a chat, not in its way", () => {
  expect(aHelping().helping.shown).toBe(true);
  expect(aHelping({ help: false }).helping.shown).toBe(false);
  expect(aHelping({ lastSeq: 3 }).helping.shown).toBe(false);
  expect(aHelping({ state: "waiting" }).helping.shown).toBe(false);
});

test("who has been here before sees the help only once the hub knows of no chat", () => {
  const { helping } = aHelping({ token: "t" });
  expect(helping.shown).toBe(false);
  helping.met = true;
  expect(helping.shown).toBe(true);
});

test("to talk takes the words along, unless something is written already", () => {
  const { chat, kept, helping } = aHelping();
  helping.talk("refund");
  expect([helping.shown, kept.get("draft")]).toEqual([false, "refund"]);
  expect(chat.connect).toHaveBeenCalledOnce();
  helping.show();
  helping.talk("other");
  expect(kept.get("draft")).toBe("refund");
});

test("what was searched and read goes along once; of words typed on the last", () => {
  const { helping } = aHelping();
  for (const words of ["ref", "refund", "invoice"]) helping.noteSearch(words);
  for (const id of ["a", "b", "a"]) helping.noteRead(id);
  expect(helping.take()).toEqual({ searched: ["refund", "invoice"], read: ["b", "a"] });
  expect(helping.take()).toBeUndefined();
});

test("no more is told than the hub takes", () => {
  const { helping } = aHelping();
  for (let n = 0; n < 9; n += 1) helping.noteSearch(`question ${n}`);
  expect(helping.take()?.searched).toEqual([4, 5, 6, 7, 8].map((n) => `question ${n}`));
});

test("whoever comes next is told nothing of who was here", () => {
  const { helping } = aHelping();
  helping.noteSearch("refund");
  helping.talk("refund");
  const { person } = helping;
  helping.forget();
  expect(helping.shown).toBe(true);
  expect(helping.person).not.toBe(person);
  expect(helping.take()).toBeUndefined();
});
