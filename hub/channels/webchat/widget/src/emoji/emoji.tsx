/** A few emoji for what customers say, each with its name; loaded when they are first wanted. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChat } from "../panel/parts/use";
import { sayOf } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";
import { COLUMNS, step } from "./step";

export const EMOJI: [string, keyof typeof en][] = [
  ["😀", "emoji_grin"],
  ["😊", "emoji_smile"],
  ["😂", "emoji_laugh"],
  ["🙂", "emoji_slight"],
  ["😉", "emoji_wink"],
  ["😍", "emoji_love"],
  ["🤔", "emoji_think"],
  ["😅", "emoji_phew"],
  ["😢", "emoji_cry"],
  ["😭", "emoji_sob"],
  ["😡", "emoji_angry"],
  ["👍", "emoji_up"],
  ["👎", "emoji_down"],
  ["🙏", "emoji_thanks"],
  ["👏", "emoji_clap"],
  ["💪", "emoji_strong"],
  ["❤️", "emoji_heart"],
  ["🎉", "emoji_party"],
  ["✅", "emoji_done"],
  ["❌", "emoji_wrong"],
  ["⏰", "emoji_clock"],
  ["📦", "emoji_parcel"],
  ["🧾", "emoji_receipt"],
  ["🛠️", "emoji_tools"],
];
const ROWS = Array.from({ length: EMOJI.length / COLUMNS }, (_, row) => row * COLUMNS);

export interface EmojiProps {
  choose: (emoji: string) => void;
}

export function Emoji({ choose }: EmojiProps): JSX.Element {
  const { texts } = useChat();
  const say = sayOf(texts, { en, "zh-CN": zh });
  const [at, setAt] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const go = (to: number): void => {
    setAt(to);
    grid.current?.querySelectorAll("button")[to]?.focus();
  };
  useLayoutEffect(() => go(0), []);

  const onKeyDown = (event: KeyboardEvent): void => {
    const to = step(event.key, at, EMOJI.length, texts.direction === "rtl");
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return (
    <div class="emoji-box" role="grid" aria-label={texts.say("emoji")} ref={grid} onKeyDown={onKeyDown}>
      {ROWS.map((row) => (
        <div role="row" key={row}>
          {EMOJI.slice(row, row + COLUMNS).map(([emoji, key], column) => (
            <span role="gridcell" key={key}>
              <button
                type="button"
                tabIndex={row + column === at ? 0 : -1}
                aria-label={say(key)}
                title={say(key)}
                onFocus={() => setAt(row + column)}
                onClick={() => choose(emoji)}
              >
                {emoji}
              </button>
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}
