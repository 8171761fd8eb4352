/** What the customer asks for beside the talk: the question stands in the conversation. */
import type { Chat } from "./chat";
import type { ServerFrame } from "./protocol";

export type Wish = "" | "transcript" | "code" | "call";

export class Wished {
  what: Wish = "";
  /** Who asks the question takes the frames first; null: the line went. True: nobody else is to. */
  taker: ((frame: ServerFrame | null) => boolean) | undefined;

  constructor(private readonly chat: Chat) {
    // Sent before a reload, and still good: it is to be typed.
    if (parseInt(chat.memory.get("code")) > Date.now()) this.what = "code";
  }

  ask(what: Wish): void {
    this.what = what;
    this.chat.changed();
  }

  take(frame: ServerFrame | null): boolean {
    return this.taker?.(frame) ?? false;
  }
}
