/** What the customer asks for beside the talk: all that was said, by mail. */
import type { Chat } from "./chat";
import type { ServerFrame } from "./protocol";

/** Refusals of the hub that belong to this wish, whatever else is going on. */
const OURS = /^(email\.|transcript\.|chat\.|outreach\.)/;

export class Wished {
  /** The question stands in the conversation. */
  asking = false;
  /** Asked, and not answered yet. */
  waiting = false;
  sentTo = "";
  refused: { code: string; retryAfterS: number } | null = null;

  constructor(private readonly chat: Chat) {}

  ask(): void {
    this.start(true);
  }

  shut(): void {
    this.start(false);
  }

  send(email: string): void {
    this.refused = null;
    this.waiting = this.chat.say({ type: "transcript", email });
    if (!this.waiting) this.refused = { code: "unavailable", retryAfterS: 0 };
    this.chat.changed();
  }

  /** The connection went: the answer may never come, and asking again does no harm. */
  closed(): void {
    if (this.waiting) this.refused = { code: "unavailable", retryAfterS: 0 };
    this.waiting = false;
  }

  /** Take what answers the wish; false: the frame is about something else. */
  take(frame: ServerFrame): boolean {
    if (frame.type === "mailed") {
      this.sentTo = frame.to;
      if (!this.chat.memory.get("email")) this.chat.memory.set("email", frame.to);
    } else if (this.waiting && frame.type === "problem" && OURS.test(frame.code)) {
      this.refused = { code: frame.code, retryAfterS: frame.retry_after_s ?? 0 };
    } else {
      return false;
    }
    this.waiting = false;
    return true;
  }

  private start(asking: boolean): void {
    this.asking = asking;
    this.waiting = false;
    this.sentTo = "";
    this.refused = null;
    this.chat.changed();
  }
}
