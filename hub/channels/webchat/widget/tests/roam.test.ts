import { beforeEach, expect, test } from "vitest";
import { Memory } from "../src/panel/memory";
import { cookieIn, isUnder, roam, type Jar } from "../src/roam/roam";

const BASE = "https://hub.example/channels/shop";

/** Cookies of one parent domain as a browser keeps them; `refuses` them, as it does for a public suffix. */
class Cookies implements Jar {
  readonly kept = new Map<string, string>();
  said = "";
  constructor(private readonly refuses = false) {}
  get cookie(): string {
    return [...this.kept].map(([name, value]) => `${name}=${value}`).join("; ");
  }
  set cookie(line: string) {
    this.said = line;
    if (this.refuses) return;
    const [name, value] = line.split("; ")[0]!.split("=") as [string, string];
    if (/Max-Age=0/.test(line)) this.kept.delete(name);
    else this.kept.set(name, value);
  }
}

const MINE = "mine-mine-mine-mine-mine";
const NEXT = "next-next-next-next-next";
const THEIRS = "theirs-theirs-theirs-theirs";

/** A site under the domain: what it remembers by itself, and the cookies of all. */
function site(jar: Jar, token = "", memory = new Memory(BASE), domain = "example.com"): Memory {
  if (token) memory.set("token", token);
  roam(memory, { cookie_domain: domain }, { base: BASE }, "shop.example.com", jar);
  return memory;
}

/** The same site after a reload: what it remembers is all there is. */
function reloaded(jar: Jar, before: Memory, domain?: string): Memory {
  const memory = new Memory(BASE);
  for (let at = 0; at < before.keeper.length; at += 1) {
    const key = before.keeper.key(at) ?? "";
    memory.keeper.setItem(key, before.keeper.getItem(key) ?? "");
  }
  return site(jar, "", memory, domain);
}

/** Somebody writes on this site, and has not sent it. */
function writing(memory: Memory): Memory {
  memory.keeper.setItem(`${memory.outboxPrefix}1`, "{}");
  memory.set("draft", "Half a");
  return memory;
}

const written = (memory: Memory): unknown[] => [memory.get("draft"), memory.keeper.getItem(`${memory.outboxPrefix}1`)];

let jar: Cookies;
beforeEach(() => {
  jar = new Cookies();
});

test("a token is found on another site, which remembers nothing itself", () => {
  site(jar).set("token", MINE);
  expect(jar.said).toMatch(
    /^contact-hub-shop~example\.com=mine-mine-mine-mine-mine\.\w+; Domain=example\.com; Path=\/; Max-Age=7776000; Secure; SameSite=Lax$/,
  );
  expect(site(jar).get("token")).toBe(MINE);
});

test("a chat from before the cookie goes on, and is shared from then on", () => {
  expect(site(jar, MINE).get("token")).toBe(MINE);
  expect(site(jar).get("token")).toBe(MINE);
});

test("a token that was renewed on another site is the one here, and what was written stays", () => {
  const open = writing(site(jar, MINE));
  site(jar).set("token", NEXT);
  expect(open.get("token")).toBe(NEXT);
  expect(written(open)).toEqual(["Half a", "{}"]);
  site(jar).set("token", MINE);
  const later = reloaded(jar, open);
  expect([later.get("token"), ...written(later)]).toEqual([MINE, "Half a", "{}"]);
});

test("who signs out on one site is signed out on the other, with what was not sent", () => {
  const first = writing(site(jar, MINE));
  site(jar).forget();
  expect(jar.kept.size).toBe(0);
  const later = reloaded(jar, first);
  expect([later.get("token"), ...written(later)]).toEqual(["", "", null]);
});

test("a page that stays open is signed out with the others when it next says who it is", () => {
  const open = writing(site(jar, MINE));
  site(jar).forget();
  expect([open.get("token"), ...written(open)]).toEqual(["", "", null]);
  open.set("token", NEXT); // and whoever writes there now is somebody new, on all sites
  expect(site(jar).get("token")).toBe(NEXT);
});

test("somebody else's chat takes nothing of who was here along", () => {
  const open = writing(site(jar, MINE));
  const other = site(jar);
  other.forget();
  other.set("token", THEIRS);
  expect(open.get("token")).toBe(""); // nobody at first: the page clears what it shows
  expect([open.get("token"), ...written(open)]).toEqual([THEIRS, "", null]);
  expect(site(jar).get("token")).toBe(THEIRS);
});

test("a cookie of a domain that was set before hides nothing, and the chat goes on", () => {
  const before = site(jar, MINE, undefined, "shop.example.com");
  const after = reloaded(jar, before);
  after.set("token", NEXT);
  expect(reloaded(jar, after).get("token")).toBe(NEXT);
  expect(site(jar).get("token")).toBe(NEXT);
});

test.each(["x", `${MINE}`, `${MINE}.a b`, "x".repeat(5_000), `${MINE}"\u0000.a`])("what others put there is no token: %.20s", (value) => {
  jar.kept.set("contact-hub-shop~example.com", value);
  expect(site(jar, MINE).get("token")).toBe(MINE);
});

test("where the browser refuses the cookie the site's own token stays", () => {
  const refusing = new Cookies(true);
  const memory = site(refusing, MINE);
  expect([memory.get("token"), reloaded(refusing, memory).get("token")]).toEqual([MINE, MINE]);
});

test("a site that is not below the domain has nothing to do with it", () => {
  expect([isUnder("shop.example.com", "example.com"), isUnder("example.com", "example.com"), isUnder("badexample.com", "example.com")]).toEqual([true, true, false]);
  const memory = new Memory(BASE);
  roam(memory, { cookie_domain: "example.com" }, { base: BASE }, "badexample.com", jar);
  memory.set("token", MINE);
  expect(jar.said).toBe("");
});

test("a cookie is found by its whole name", () => {
  expect(cookieIn("contact-hub-shop-2=b; contact-hub-shop=a", "contact-hub-shop")).toBe("a");
  expect(cookieIn("contact-hub-shop-2=b", "contact-hub-shop")).toBe("");
});
