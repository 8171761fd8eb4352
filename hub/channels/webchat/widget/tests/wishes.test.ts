import { expect, test } from "vitest";
import { minutes } from "../src/wishes/asking";
import { byDay, stateOf, whyNot } from "../src/wishes/Call";
import { digitsOf, keptCode } from "../src/wishes/Code";

test("a code is read however it is pasted, and no longer than it is", () => {
  expect(digitsOf(" 012 345\n")).toBe("012345");
  expect(digitsOf("０１２-３４５")).toBe("012345");
  expect(digitsOf("Your code: 01234567")).toBe("012345");
  expect(digitsOf("")).toBe("");
});

test("where a code went is kept as long as it is good", () => {
  expect(keptCode("2000 wang@example.test", 1999)).toBe("wang@example.test");
  expect(keptCode("2000 wang@example.test", 2000)).toBeNull();
  expect(keptCode("", 0)).toBeNull();
  expect(keptCode("2000", 0)).toBeNull();
});

test("a wait is never told as none", () => {
  expect([0, 59, 61, 3_480].map(minutes)).toEqual([1, 1, 2, 58]);
});

test("times to be called stand under their days, in their order", () => {
  const day = (at: string): string => at.slice(0, 10);
  const times = ["2026-03-10T15:00Z", "2026-03-10T16:00Z", "2026-03-11T09:00Z"];
  expect(byDay({ day }, times)).toEqual([
    ["2026-03-10", times.slice(0, 2)],
    ["2026-03-11", times.slice(2)],
  ]);
  expect(byDay({ day }, [])).toEqual([]);
});

test("why nobody calls is said in words that help", () => {
  const say = (key: string, values: Record<string, unknown> = {}): string => [key, ...Object.values(values)].join(" ");
  const said = (code: string): string => whyNot(say as never, { code, retryAfterS: 90 }, "China");
  expect(said("number.abroad")).toBe("call_number_abroad China");
  expect(said("call.too_many")).toBe("call_often 2");
  expect([said("callback.not_now"), said("callback.closed")]).toEqual(["call_closed", "call_time_gone"]);
  expect([said("number.ours"), said("number.costly")]).toEqual(["call_number_no", "call_number_no"]);
  expect(said("whatever comes")).toBe("call_failed");
});

test("only what waits for the end of the talk is told as coming after it", () => {
  const say = (key: string): string => key;
  const texts = { day: () => "", time: () => "" };
  const told = (at: string, state = "active"): string =>
    stateOf(say as never, { standing: { state }, texts } as never, { state: "waiting", number: "8000", at }, Date.parse("2026-03-10T06:00:00Z"));
  expect(told("2026-03-10T06:01:00Z")).toBe("call_after");
  expect(told("2026-03-10T07:00:00Z")).toBe("call_waiting");
  expect(told("2026-03-10T06:01:00Z", "idle")).toBe("call_waiting");
});
