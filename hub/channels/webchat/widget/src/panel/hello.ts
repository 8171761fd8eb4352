/** The first frame of a line: who we are, and what we hold. */
import type { Chat } from "./chat";
import type { ClientFrame } from "./protocol";

/** `token`: our key at the hub, "" for none yet; `identity`: what the site has signed. */
export function helloOf(chat: Chat, token: string, identity: string): ClientFrame {
  const { config, host, memory, texts, timeline } = chat;
  return {
    type: "hello",
    entry_point: config.entry_point,
    ...(token ? { token } : {}),
    last_seq: token ? timeline.wholeSeq : 0,
    language: texts.language,
    name: memory.get("name"),
    email: memory.get("email"),
    identity,
    page: location.origin + location.pathname,
    ...(host.back ? { back: host.back } : {}),
  };
}
