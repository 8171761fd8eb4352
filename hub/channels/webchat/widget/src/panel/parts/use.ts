/** What the parts share: the chat they draw, redrawn when it changes. */
import { createContext, type FunctionComponent, type RefObject } from "preact";
import { useContext, useLayoutEffect, useReducer, useState } from "preact/hooks";
import type { Chat } from "../chat";

export const ChatContext = createContext<Chat | null>(null);

/** The chat of this panel. Only the panel itself subscribes; it redraws the parts. */
export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("a part outside of its panel");
  return chat;
}

export function useChanges(chat: Chat): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // At once with the first drawing: a change before the subscription would be missed.
  useLayoutEffect(() => chat.subscribe(() => redraw(undefined)), [chat]);
}

export interface Late<Props> {
  open: boolean;
  setOpen: (open: boolean) => void;
  show: () => void;
  /** What is open, once it is there. */
  Part: FunctionComponent<Props> | null;
}

/** What a button opens, and is loaded when it is first wanted. Where it cannot be had, that is said and it is shut again. */
export function useLate<Props>(load: () => Promise<FunctionComponent<Props>>): Late<Props> {
  const chat = useChat();
  const [open, setOpen] = useState(false);
  const [late, setLate] = useState<{ Part: FunctionComponent<Props> } | null>(null);
  const show = (): void => {
    setOpen(true);
    if (late) return;
    load().then(
      (Part) => setLate({ Part }),
      () => {
        setOpen(false);
        chat.tell("part_failed");
      },
    );
  };
  return { open, setOpen, show, Part: open && late ? late.Part : null };
}

/** What goes away with the focus in it hands it to the composer: else it falls to the page around us. */
export function useHandBack(box: RefObject<HTMLElement | null>): void {
  const { root } = useChat().host;
  const handBack = (): void => {
    const { activeElement } = root;
    if (box.current?.contains(activeElement)) {
      // Once all is drawn: until then the composer may be shut; or something else has taken it.
      queueMicrotask(() => {
        if ([activeElement, null].includes(root.activeElement)) root.querySelector<HTMLElement>(".composer textarea")?.focus();
      });
    }
  };
  useLayoutEffect(() => handBack, []);
}

/** A code can be mailed to the customer: config.mail and .codes go together but in a preview. */
export const mayProve = ({ config, help }: Chat): boolean => config.mail && config.codes && !help.shown;

/** They may ask to be called, and have not. */
export const mayBeCalled = ({ config, help, needsForm, standing, wished }: Chat): boolean =>
  (config.calls === "always" || (config.calls === "open" && standing.open_now)) &&
  !(wished.tells || help.shown || needsForm);

export function initials(name: string): string {
  const trimmed = name.trim();
  if (/\p{Script=Han}/u.test(trimmed)) return trimmed.slice(-2);
  const words = trimmed.split(/\s+/);
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : "";
  return ((words[0]?.[0] ?? "") + last).toUpperCase();
}
