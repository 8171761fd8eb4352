/** Texts of the questions that are loaded when they are asked: they come with them. */
import { fill, type Texts, type Values } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type MoreKey = keyof typeof en;

const BUILT_IN: Record<string, Record<MoreKey, string>> = { en, "zh-CN": zh };

export type Say = (key: MoreKey, values?: Values) => string;

/** In the language of the chat; English where a language's file has none. */
export function moreTexts(texts: Texts): Say {
  const own = BUILT_IN[texts.language];
  return (key, values = {}) => fill(own?.[key] ?? texts.own(key) ?? en[key], values);
}
