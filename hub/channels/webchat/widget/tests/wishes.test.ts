import { expect, test } from "vitest";
import { minutes } from "../src/wishes/asking";
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
