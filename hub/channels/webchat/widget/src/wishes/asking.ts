/** One question to the hub and its answer: what was refused, what is awaited. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ClientFrame, ServerFrame } from "../panel/protocol";
import { useChat } from "../panel/parts/use";

export interface Refusal {
  code: string;
  retryAfterS: number;
}

export interface Asking {
  /** Asked, and not answered yet. */
  waiting: boolean;
  refused: Refusal | null;
  ask(frame: ClientFrame): void;
  refuse(code: string, retryAfterS?: number): void;
}

/** `answer` says whether a frame answers what was asked. */
export function useAsking(answer: (frame: ServerFrame) => boolean): Asking {
  const chat = useChat();
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [waiting, setWaiting] = useState(false);
  const asked = useRef(false); // at once: an answer may come before the next drawing
  const settle = (why: Refusal | null, awaited = false): void => {
    asked.current = awaited;
    setWaiting(awaited);
    setRefused(why);
  };
  const refuse = (code: string, retryAfterS = 0): void => settle({ code, retryAfterS });
  const take = (frame: ServerFrame | null): boolean => {
    if (!frame) {
      // The line went: the answer may never come, and asking again does no harm.
      if (asked.current) refuse("unavailable");
    } else if (frame.type === "problem") {
      // Whatever the hub has against it: who asked does not wait any more.
      if (!asked.current) return false;
      refuse(frame.code, frame.retry_after_s);
      return frame.code !== "blocked"; // which is said of the whole chat
    } else if (answer(frame)) {
      settle(null);
    }
    return false;
  };
  const latest = useRef(take);
  latest.current = take;
  useLayoutEffect(() => {
    const own = (frame: ServerFrame | null): boolean => latest.current(frame);
    chat.wished.taker = own;
    chat.changed(); // what led here goes only now
    return () => {
      // The next question may be there already, which is not this one's to take back.
      if (chat.wished.taker === own) chat.wished.taker = undefined;
      chat.changed();
    };
  }, []);
  return {
    waiting,
    refused,
    refuse,
    ask(frame) {
      settle(null, true);
      if (!chat.say(frame)) refuse("unavailable");
    },
  };
}

/** Minutes to wait, as they are told: never none. */
export const minutes = (seconds: number): number => Math.max(1, Math.ceil(seconds / 60));
