/** The help's own texts: they come with it, so that a chat without help does not carry them. */
import { sayOf, type Say as SayOf, type Texts } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type HelpKey = keyof typeof en;

export type Say = SayOf<HelpKey>;

export const helpTexts = (texts: Texts): Say => sayOf(texts, { en, "zh-CN": zh });

/** A language's name in another one, without its country: "Chinese", "英语". */
export function languageName(language: string, shownIn: string): string {
  const base = language.split("-")[0] ?? language;
  try {
    return new Intl.DisplayNames([shownIn], { type: "language" }).of(base) ?? language;
  } catch {
    return language;
  }
}

export function sameLanguage(one: string, other: string): boolean {
  return one.split("-")[0]?.toLowerCase() === other.split("-")[0]?.toLowerCase();
}
