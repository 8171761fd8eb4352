import { expect, test } from "vitest";

import { newClientId } from "../src/panel/states";

test("an id of a later moment sorts after an earlier one", () => {
  expect(newClientId(0x123456789) < newClientId(0x1000000000)).toBe(true);
});

test("ids of one moment differ, and are what the hub takes", () => {
  const [one, other] = [newClientId(7), newClientId(7)];
  expect(one).not.toBe(other);
  expect(one).toMatch(/^[0-9a-f]{32}$/);
});
