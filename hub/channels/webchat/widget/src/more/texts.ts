/** Texts of the questions that are loaded when they are asked: they come with them. */
import { sayOf, type Say as SayOf, type Texts } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type MoreKey = keyof typeof en;

export const moreTexts = (texts: Texts): SayOf<MoreKey> => sayOf(texts, { en, "zh-CN": zh });
