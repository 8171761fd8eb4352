/** Texts by language: zh-CN and en come with the panel, any other as locale-<language>.json. */
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";
import { nearest } from "./near";

export type TextKey = keyof typeof en;
export type Values = Record<string, string | number>;

const BUILT_IN: Record<string, Record<TextKey, string>> = { en, "zh-CN": zh };
const RTL = /^(ar|fa|he|ur)\b/i;

/** Put values in the places of a text: "{n} found". */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export type Say<Key extends string> = (key: Key, values?: Values) => string;

/** How a part that brings its own texts speaks in the language of the chat; English where a language's file has none. */
export function sayOf<Key extends string>(
  texts: Texts,
  builtIn: Record<"en" | "zh-CN", Record<Key, string>>,
): Say<Key> {
  const own = texts.language === "zh-CN" ? builtIn["zh-CN"] : undefined;
  return (key, values = {}) => fill(own?.[key] ?? texts.own(key) ?? builtIn.en[key], values);
}

export class Texts {
  /** How times and numbers are written: the browser's way, where it speaks this language. */
  private readonly locale: string;
  /** What the visitor reads: the panel may have no texts in it, and the site have its own. */
  private readonly wanted: string;

  private constructor(
    readonly language: string,
    private readonly texts: Record<string, string>,
    wanted: string,
  ) {
    this.wanted = wanted.replaceAll("_", "-");
    const own = (globalThis.navigator?.languages ?? []).find(
      (it) => it.split("-")[0] === language.split("-")[0],
    );
    this.locale = own ?? language;
  }

  /** The built-in texts nearest to a language: Chinese for any Chinese, else English. */
  static builtIn(language: string): Texts {
    const known = /^zh/i.test(language) ? "zh-CN" : "en";
    return new Texts(known, BUILT_IN[known] ?? en, language);
  }

  /** The texts of a language, from the hub where they are not built in; English is behind them. */
  static async load(language: string, base: string): Promise<Texts> {
    if (/^(zh|en)\b/i.test(language)) return Texts.builtIn(language);
    const short = language.split("-")[0] ?? "en";
    try {
      const answer = await fetch(`${base}/locale-${short.toLowerCase()}.json`);
      if (!answer.ok) return Texts.builtIn(language);
      const own = (await answer.json()) as Record<string, string>;
      return new Texts(short, { ...en, ...own }, language);
    } catch {
      return Texts.builtIn(language);
    }
  }

  get direction(): "rtl" | "ltr" {
    return RTL.test(this.language) ? "rtl" : "ltr";
  }

  /** `site`: what the site says instead, by language. */
  say(key: TextKey, values: Values = {}, site: Record<string, string> = {}): string {
    return fill(this.near(site) ?? this.texts[key] ?? key, values);
  }

  /** A text that a part brings along itself, where this language's file has one too. */
  own(key: string): string | undefined {
    return this.texts[key];
  }

  /** The site's own text in this language, else in a near one, else any. */
  pick(texts: Record<string, string>): string {
    const stem = this.wanted.slice(0, 2);
    const other = Object.keys(texts).find((key) => key.startsWith(stem)) ?? "en";
    return this.near(texts) ?? texts[other] ?? texts["en"] ?? Object.values(texts)[0] ?? "";
  }

  private near(texts: Record<string, string>): string | undefined {
    return texts[nearest(Object.keys(texts), this.wanted)[0] ?? ""];
  }

  time(at: string): string {
    return new Intl.DateTimeFormat(this.locale, { hour: "2-digit", minute: "2-digit" }).format(
      new Date(at),
    );
  }

  day(at: string, now: Date): string {
    const date = new Date(at);
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    if (date.toDateString() === now.toDateString()) return this.say("today");
    if (date.toDateString() === yesterday.toDateString()) return this.say("yesterday");
    const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
    return new Intl.DateTimeFormat(this.locale, {
      month: "long",
      day: "numeric",
      weekday: "short",
      ...year,
    }).format(date);
  }

  /** A day without a time: "2026-11-28" as it is written here. */
  date(day: string): string {
    const at = new Date(`${day}T00:00`);
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium" }).format(at);
  }

  /** A wait in seconds as people say it, rounded up; "" when nothing honest can be said. */
  wait(lowS: number | null, highS: number | null): string {
    if (highS === null) return "";
    const high = Math.max(1, Math.ceil(highS / 60));
    const low = Math.max(1, Math.floor((lowS ?? 0) / 60));
    if (highS <= 60) return this.say("wait_short");
    return high <= low ? this.say("wait_one", { high }) : this.say("wait_range", { low, high });
  }

  size(bytes: number): string {
    const unit = bytes < 1024 * 1024 ? "kilobyte" : "megabyte";
    const value = bytes / (unit === "kilobyte" ? 1024 : 1024 * 1024);
    return new Intl.NumberFormat(this.locale, {
      style: "unit",
      unit,
      maximumFractionDigits: value < 10 ? 1 : 0,
    }).format(Math.max(0.1, value));
  }
}
