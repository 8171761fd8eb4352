import { expect, test } from "vitest";
import { EMOJI } from "../src/emoji/emoji";
import en from "../src/emoji/locales/en.json";
import zh from "../src/emoji/locales/zh-CN.json";
import { COLUMNS, step } from "../src/emoji/step";

test("every emoji is there once, in full lines, with a name of its own", () => {
  expect(EMOJI.length % COLUMNS).toBe(0);
  expect(new Set(EMOJI.map(([emoji]) => emoji)).size).toBe(EMOJI.length);
  expect(EMOJI.map(([, key]) => key)).toEqual(Object.keys(en));
  for (const names of [en, zh]) expect(new Set(Object.values(names)).size).toBe(EMOJI.length);
});

test("arrows go along and between the lines, and stop at the ends", () => {
  const go = (key: string, at: number): number | undefined => step(key, at, 24, false);
  expect([go("ArrowRight", 7), go("ArrowLeft", 8), go("ArrowDown", 3), go("ArrowUp", 11)]).toEqual([8, 7, 11, 3]);
  expect([go("ArrowLeft", 0), go("ArrowUp", 3), go("ArrowRight", 23), go("ArrowDown", 20)]).toEqual([0, 3, 23, 20]);
  expect([go("Home", 12), go("End", 12), go("a", 12), go("Enter", 12)]).toEqual([0, 23, undefined, undefined]);
});

test("from right to left, the left arrow goes on", () => {
  expect([step("ArrowLeft", 4, 24, true), step("ArrowRight", 4, 24, true), step("ArrowDown", 4, 24, true)]).toEqual([5, 3, 12]);
});
