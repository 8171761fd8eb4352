/** What the chat can be in, and where it begins. */
import type { ServerFrame, Standing } from "./protocol";
import type { TextKey } from "./texts";

export type Line = "connecting" | "online" | "offline" | "refused";

/** A line between messages: something happened after the entry with this seq. */
export interface Happening {
  key: TextKey;
  name: string;
  afterSeq: number;
}

export const NOBODY: Standing = {
  state: "idle",
  position: null,
  wait_low_s: null,
  wait_high_s: null,
  open_now: true,
  agent: "",
};

/** Where one stands who waits. */
export function waiting(frame: ServerFrame & { type: "queue" }): Standing {
  return {
    ...NOBODY,
    state: "waiting",
    position: frame.position ?? null,
    wait_low_s: frame.wait_low_s ?? null,
    wait_high_s: frame.wait_high_s ?? null,
    open_now: frame.open_now ?? true,
    alone: frame.alone ?? "",
  };
}

/** 48 bits of time, then 80 random ones: the hub keeps keys in order, and new ones lie together. */
export function newClientId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const noise = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return now.toString(16).padStart(12, "0") + noise;
}

export const TYPING_MS = 6_000;
export const TYPING_SHARED_MS = 3_000;
