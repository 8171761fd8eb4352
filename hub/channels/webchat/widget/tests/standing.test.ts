import { expect, test } from "vitest";

import type { Chat } from "../src/panel/chat";
import type { Call } from "../src/panel/protocol";
import { stand } from "../src/panel/standing";
import { Wished } from "../src/panel/wished";

/** A chat in which a call stands, or none. */
function aChat(state?: Call["state"]): Chat {
  const chat = {
    call: state ? { state, number: "8000" } : null,
    happenings: [],
    timeline: { lastSeq: 3 },
    config: { mail: false },
    memory: { get: () => "", set: () => undefined },
    changed: () => undefined,
  } as unknown as Chat;
  Object.assign(chat, { wished: new Wished(chat) });
  return chat;
}

const told = (chat: Chat): string[] => chat.happenings.map(({ key }) => key);

test("the end of a chat is told, unless a call comes instead", () => {
  for (const [state, says] of [
    [undefined, ["ended"]],
    ["queued", []],
    ["waiting", []],
    ["given_up", ["ended"]], // which was about another chat
  ] as const) {
    const chat = aChat(state);
    stand(chat, { type: "ended" });
    expect([state, told(chat)]).toEqual([state, says]);
  }
});

test("why a silent chat ended is told, whatever comes", () => {
  const chat = aChat("queued");
  stand(chat, { type: "ended", silent: true });
  expect(told(chat)).toEqual(["silent"]);
});

test("that nobody was reached stands until it was read, and anew when it is told anew", () => {
  const chat = aChat("given_up");
  expect(chat.wished.tells).toBe(true);
  chat.wished.read = true;
  expect(chat.wished.tells).toBe(false);
  stand(chat, { type: "call", call: { state: "given_up", number: "8000" } });
  expect(chat.wished.tells).toBe(true);
});

test("what is proved anew has not lapsed", () => {
  const chat = aChat();
  stand(chat, { type: "proof_ended", email: "wang@example.test" });
  expect(chat.lapsed).toBe("wang@example.test");
  stand(chat, { type: "proved", email: "wang@example.test" });
  expect(chat.lapsed).toBe("");
});
