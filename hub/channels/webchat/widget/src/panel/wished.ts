/** What the customer asks for beside the talk: the question stands in the conversation. */
import type { Chat } from "./chat";
import type { ServerFrame } from "./protocol";

export type Wish = "" | "transcript" | "code" | "call";

export class Wished {
  what: Wish = "";
  /** Counts what is asked for: the same once more begins anew. */
  turn = 0;
  /** That nobody was reached was read: this page tells it no more. */
  read = false;
  /** Who asks the question takes the frames first; null: the line went. True: nobody else is to. */
  taker: ((frame: ServerFrame | null) => boolean) | undefined;

  constructor(private readonly chat: Chat) {
    // Sent before a reload, and still good: it is to be typed.
    if (parseInt(chat.memory.get("code")) > Date.now()) this.what = "code";
  }

  ask(what: Wish): void {
    this.what = what;
    this.turn++;
    this.chat.changed();
  }

  /** A call is to come, or reached nobody, and it stands here. */
  get tells(): boolean {
    const { call } = this.chat;
    return !!call && !(this.read && call.state === "given_up");
  }

  take(frame: ServerFrame | null): boolean {
    return this.taker?.(frame) ?? false;
  }
}
