/** The help's own texts: they come with it, so that a chat without help does not carry them. */
import { fill, type Texts, type Values } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type HelpKey = keyof typeof en;

const BUILT_IN: Record<string, Record<HelpKey, string>> = { en, "zh-CN": zh };

export type Say = (key: HelpKey, values?: Values) => string;

/** How the help speaks in the language of the chat; English where a language's file has none. */
export function helpTexts(texts: Texts): Say {
  const own = BUILT_IN[texts.language];
  return (key, values = {}) => fill(own?.[key] ?? texts.own(key) ?? en[key], values);
}

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
