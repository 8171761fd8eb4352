/**
 * The one script tag of a page. Draws the launcher, loads the panel when it is wanted, and offers
 * `window.ContactHub` { open, close, identify, logout, on }. No style element, no inline style, no
 * markup from strings: it works under `style-src 'self'` and `trusted-types 'none'`.
 */
import type { Host, HostEvent, Panel, PanelModule } from "../host";
import css from "./loader.css?inline";

declare const __PANEL_VERSION__: string;

type Listener = (detail: unknown) => void;

const script = document.currentScript as HTMLScriptElement | null;
const base = (script?.src ?? "").replace(/\/widget\.js.*$/, "");
const data = script?.dataset ?? {};
const language = data["lang"] || document.documentElement.lang || navigator.language;
const label = data["label"] || (/^zh/i.test(language) ? "打开在线客服" : "Open chat");
const listeners: Partial<Record<HostEvent, Listener[]>> = {};
const SVG = "http://www.w3.org/2000/svg";

/** The link in a mail leads here: what it says is taken out of the address at once. */
function takeReturn(): string {
  const token = /^#contact-hub-return=([\w=-]{20,64})$/.exec(location.hash)?.[1] ?? "";
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** An icon of a filled path, shown while the chat is closed, and a line, while it is open. */
function draw(closed: string, open: string): SVGElement {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  for (const d of [closed, open]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    icon.append(path);
  }
  return icon;
}

class ContactHubChat extends HTMLElement {}

function start(): void {
  if (!base || customElements.get("contact-hub-chat")) return;
  customElements.define("contact-hub-chat", ContactHubChat);
  const element = document.createElement("contact-hub-chat");
  const root = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  if (data["side"]) element.setAttribute("side", data["side"]);

  const launcher = document.createElement("button");
  launcher.className = "launch";
  launcher.type = "button";
  launcher.setAttribute("aria-label", label);
  launcher.setAttribute("aria-expanded", "false");
  const icon = draw(
    "M12 3c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1 0-2-.1-2.9-.4L4.6 20.6c-.5.3-1-.2-.8-.7l1-3.6A7 7 0 0 1 3 10.7C3 6.4 7 3 12 3Z",
    "m6 9.5 6 6 6-6",
  );
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  launcher.append(icon, badge);
  root.append(launcher);
  document.body.append(element);

  const host: Host = {
    base,
    root,
    element,
    launcher,
    language,
    theme: data["theme"] ?? "",
    back: takeReturn(),
    showUnread(count) {
      badge.hidden = count === 0;
      badge.textContent = count > 99 ? "99+" : String(count);
      host.emit("unread", count);
    },
    emit(event, detail) {
      for (const listener of listeners[event] ?? []) listener(detail);
    },
  };

  let panel: Promise<Panel> | undefined;
  const load = (): Promise<Panel> =>
    (panel ??= (
      import(/* @vite-ignore */ `${base}/panel.js?v=${__PANEL_VERSION__}`) as Promise<PanelModule>
    )
      .then((module) => module.mount(host))
      .catch((error: unknown) => {
        panel = undefined; // the next click tries again
        throw error;
      }));
  const open = (): void => void load().then((it) => it.open());

  launcher.addEventListener("click", () => {
    void load().then((it) => (it.isOpen ? it.close() : it.open()));
  });
  launcher.addEventListener("pointerenter", () => void load(), { once: true });
  Object.assign(window, {
    ContactHub: {
      open,
      close: () => void panel?.then((it) => it.close()),
      identify: (jwt: string) => void load().then((it) => it.identify(jwt)),
      logout: () => void load().then((it) => it.logout()),
      on: (event: HostEvent, listener: Listener) => void (listeners[event] ??= []).push(listener),
    },
  });

  let known = false;
  try {
    known =
      localStorage.getItem(`contact-hub ${base} token`) !== null ||
      document.cookie.includes(`contact-hub-${base.split("/").pop()}~`);
  } catch {
    // Storage is forbidden here: the chat begins when it is opened.
  }
  if (host.back) open();
  else if (known) setTimeout(() => void load(), 200);
}

if (document.body) start();
else addEventListener("DOMContentLoaded", start);
