import { expect, test } from "vitest";
import NEAR from "../../../../../tests/unit/contacts/near_languages.json";
import { Backoff } from "../src/panel/backoff";
import { onAccent } from "../src/panel/colour";
import { linkify } from "../src/panel/links";
import emojiEn from "../src/emoji/locales/en.json";
import emojiZh from "../src/emoji/locales/zh-CN.json";
import helpEn from "../src/help/locales/en.json";
import menuEn from "../src/menu/locales/en.json";
import menuZh from "../src/menu/locales/zh-CN.json";
import moreEn from "../src/more/locales/en.json";
import moreZh from "../src/more/locales/zh-CN.json";
import wishesEn from "../src/wishes/locales/en.json";
import wishesZh from "../src/wishes/locales/zh-CN.json";
import helpZh from "../src/help/locales/zh-CN.json";
import ar from "../public/locale-ar.json";
import en from "../src/panel/locales/en.json";
import zh from "../src/panel/locales/zh-CN.json";
import { nearest } from "../src/panel/near";
import { parseFrame } from "../src/panel/protocol";
import { Texts } from "../src/panel/texts";

test("waits double up to the ceiling, each in its upper half, and begin anew after success", () => {
  const lowest = new Backoff(500, 8_000, () => 0);
  expect([1, 2, 3, 4, 5, 6].map(() => lowest.next())).toEqual([250, 500, 1000, 2000, 4000, 4000]);
  expect(lowest.failed).toBe(6);
  lowest.reset();
  expect(lowest.next()).toBe(250);
  const highest = new Backoff(500, 8_000, () => 1);
  expect(highest.next()).toBe(500);
});

test("every language has the same texts with the same values", () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  expect(Object.keys(helpZh)).toEqual(Object.keys(helpEn));
  expect(Object.keys(menuZh)).toEqual(Object.keys(menuEn));
  expect(Object.keys(moreZh)).toEqual(Object.keys(moreEn));
  expect(Object.keys(wishesZh)).toEqual(Object.keys(wishesEn));
  expect(Object.keys(emojiZh)).toEqual(Object.keys(emojiEn));
  expect(Object.keys(ar)).toEqual([en, menuEn, moreEn, wishesEn, helpEn, emojiEn].flatMap((it) => Object.keys(it)));
  const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  const [inEnglish, inChinese]: Record<string, string>[] = [
    { ...en, ...menuEn, ...moreEn, ...wishesEn, ...helpEn, ...emojiEn },
    { ...zh, ...menuZh, ...moreZh, ...wishesZh, ...helpZh, ...emojiZh },
  ];
  for (const [key, text] of Object.entries(inEnglish ?? {})) {
    if (key === "wait_one") continue;
    expect(values(inChinese?.[key] ?? ""), key).toEqual(values(text));
  }
});

test("a wait is a range, rounded up, and nothing where nothing honest can be said", () => {
  const texts = Texts.builtIn("en-GB");
  expect(texts.wait(20, 45)).toBe("less than a minute");
  expect(texts.wait(60, 100)).toBe("about 1–2 min");
  expect(texts.wait(125, 130)).toBe("about 2–3 min");
  expect(texts.wait(null, null)).toBe("");
  expect(Texts.builtIn("zh-TW").wait(60, 240)).toBe("预计等待 1–4 分钟");
});

test("the site's texts are picked by language, then by a near one, then at all", () => {
  const site = { en: "Hello", "zh-CN": "您好" };
  expect(Texts.builtIn("zh-Hant").pick(site)).toBe("您好");
  expect(Texts.builtIn("fr").pick(site)).toBe("Hello");
  expect(Texts.builtIn("en").pick({ fr: "Bonjour" })).toBe("Bonjour");
  expect(Texts.builtIn("en").pick({})).toBe("");
});

test.each(NEAR)("what is near $wanted is as the hub has it", ({ wanted, tags, nearest: expected }) => {
  expect(nearest(tags, wanted)).toEqual(expected);
  expect(nearest(tags.toReversed(), wanted)).toEqual(expected);
});

test("what the site says for a region is not said to all who read that language", () => {
  const site = { "zh-TW": "還在嗎？", "en-GB": "Still there, love?", ja: "まだいますか" };
  expect(Texts.builtIn("zh-CN").say("reminded", {}, site)).toBe(zh.reminded);
  expect(Texts.builtIn("zh_CN").say("reminded", {}, site)).toBe(zh.reminded);
  expect(Texts.builtIn("en-US").say("reminded", {}, site)).toBe(en.reminded);
  expect(Texts.builtIn("zh-HK").say("reminded", {}, site)).toBe("還在嗎？");
  expect(Texts.builtIn("ja").say("reminded", {}, site)).toBe("まだいますか");
  expect(Texts.builtIn("zh").pick({ en: "Hello", "zh-TW": "您好" })).toBe("您好");
});

test("addresses become links and everything else stays text", () => {
  expect(linkify("见 https://shop.example/a?b=1，谢谢")).toEqual([
    { text: "见 " },
    { text: "https://shop.example/a?b=1", href: "https://shop.example/a?b=1" },
    { text: "，谢谢" },
  ]);
  expect(linkify("Mail help@shop.example.")).toEqual([
    { text: "Mail " },
    { text: "help@shop.example", href: "mailto:help@shop.example" },
    { text: "." },
  ]);
  expect(linkify("javascript:alert(1) <img src=x>")).toEqual([
    { text: "javascript:alert(1) <img src=x>" },
  ]);
});

test("what is no frame is null", () => {
  expect(parseFrame('{"type":"pong"}')).toEqual({ type: "pong" });
  for (const raw of ["", "{", "null", "[]", "{}", new ArrayBuffer(2)]) {
    expect(parseFrame(raw)).toBeNull();
  }
});

test("text on the site's colour is the one that contrasts more", () => {
  expect(onAccent("#1f5fbf")).toBe("#ffffff");
  expect(onAccent("#ffd400")).toBe("#0f1114");
});
