/**
 * The visitor's token in a cookie of a parent domain, so that who goes from shop.example.com to
 * www.example.com keeps the chat. Loaded only where the entry point names such a domain.
 *
 * Where the cookie can be kept it decides, each time the token is asked for: pages stay open for
 * days, and another site has renewed the token meanwhile, or somebody has signed out there. Where
 * the browser refuses it (blocked, a public suffix) everything is as without it.
 */
import type { Host } from "../host";
import type { Memory } from "../panel/memory";
import type { Config } from "../panel/protocol";

const KEPT_S = 7_776_000; // as long as the hub keeps a chat (service.KEPT)
// Token and whose it is. The hub renews tokens every day, who has the chat stays the same. What
// others may have put there is none.
const VALUE = /^([\w-]{20,64})\.(\w+)$/;

/** What of the page is used here. */
export interface Jar {
  cookie: string;
}

/** The value of a cookie of this name; "" for none. */
export function cookieIn(all: string, name: string): string {
  const found = all.split("; ").find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}

/** Whether a host is the domain, or below it. */
export const isUnder = (host: string, domain: string): boolean => `.${host}`.endsWith(`.${domain}`);

/** Take the token from the cookie, or give it one, and follow what becomes of it. */
export function roam(
  memory: Memory,
  { cookie_domain: domain = "" }: Pick<Config, "cookie_domain">,
  { base }: Pick<Host, "base">,
  hostname = location.hostname,
  jar: Jar = document,
): void {
  if (!isUnder(hostname, domain)) return;
  // With the domain: a cookie of the one that was set before would hide this one.
  const name = `contact-hub-${base.slice(base.lastIndexOf("/") + 1)}~${domain}`;
  const get = memory.get.bind(memory);
  const set = memory.set.bind(memory);

  function read(): [token: string, who: string] {
    const [, token = "", who = ""] = VALUE.exec(cookieIn(jar.cookie, name)) ?? [];
    return [token, who];
  }

  function share(token: string): void {
    const who = read()[1] || Math.random().toString(36).slice(2);
    jar.cookie = `${name}=${token}.${who}; Domain=${domain}; Path=/; Max-Age=${token ? KEPT_S : 0}; Secure; SameSite=Lax`;
    set("shared", token && read()[0] === token ? name + who : "");
  }

  /** What is here may be somebody else's by now: also what was not sent yet goes. */
  function forget(): void {
    memory.forget.call({ set } as Memory); // here only, not on all sites
    set("shared", "");
    const keys = Array.from({ length: memory.keeper.length }, (_, at) => memory.keeper.key(at) ?? "");
    for (const key of keys) if (key.startsWith(memory.outboxPrefix)) memory.keeper.removeItem(key);
  }

  /** Where who was here is gone there is nobody at first, so that nothing of theirs is taken along. */
  function follow(): void {
    const [token, who] = read();
    const shared = get("shared");
    if (shared.startsWith(name) && shared !== name + who) return forget();
    if (!token) return;
    set("token", token);
    set("shared", name + who);
  }

  follow();
  memory.get = (what) => {
    if (what === "token") follow();
    return get(what);
  };
  memory.set = (what, value) => {
    set(what, value);
    if (what === "token") share(value);
  };
  const token = memory.get("token");
  if (token) share(token); // lives on from today
}
