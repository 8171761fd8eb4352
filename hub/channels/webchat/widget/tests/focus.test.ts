import { h, render } from "preact";
import { expect, test, vi } from "vitest";
import type { Chat } from "../src/panel/chat";
import { ChatContext, useHandBack } from "../src/panel/parts/use";

/** Something with the focus in it or not, beside a composer. */
function aPart(focusInside: boolean) {
  const composer = { focus: vi.fn() };
  const focused = {};
  const root = { activeElement: focused, querySelector: () => composer };
  const box = { contains: (it: unknown) => focusInside && it === focused };
  const Part = () => {
    useHandBack({ current: box as never });
    return null;
  };
  const page = { nodeType: 1, childNodes: [], firstChild: null, namespaceURI: "" } as never;
  const value = { host: { root } } as unknown as Chat;
  const draw = (shown: boolean): void =>
    render(h(ChatContext.Provider, { value, children: shown && h(Part, {}) }), page);
  return { composer, draw };
}

test("what goes with the focus in it hands it to the composer, once that is drawn", async () => {
  const { composer, draw } = aPart(true);
  draw(true);
  await Promise.resolve();
  draw(false);
  expect(composer.focus).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(composer.focus).toHaveBeenCalledOnce();
});

test("what goes without the focus leaves it where it is", async () => {
  const { composer, draw } = aPart(false);
  draw(true);
  draw(false);
  await Promise.resolve();
  expect(composer.focus).not.toHaveBeenCalled();
});
