/** Texts of what the customer asks for: they come with it. */
import { sayOf, type Say as SayOf, type Texts } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type WishKey = keyof typeof en;
export type Say = SayOf<WishKey>;

export const wishTexts = (texts: Texts): Say => sayOf(texts, { en, "zh-CN": zh });
