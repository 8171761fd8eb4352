/** Entry of the panel, loaded by the loader when the chat is wanted. */
import { h, render } from "preact";
import type { Host, Panel } from "../host";
import { Chat } from "./chat";
import { onAccent } from "./colour";
import { Memory } from "./memory";
import { Window } from "./parts/Window";
import type { Config } from "./protocol";
import css from "./panel.css?inline";
import { Texts } from "./texts";
import { watchTitle } from "./title";

/** Build the panel in the loader's shadow root. Rejects if the configuration cannot be had. */
export async function mount(host: Host): Promise<Panel> {
  const memory = new Memory(host.base);
  const language = memory.get("language") || host.language;
  const [config, texts] = await Promise.all([loadConfig(host.base), Texts.load(language, host.base)]);
  dress(host, config);
  if (config.cookie_domain) (await import("../roam/roam")).roam(memory, config, host);
  const chat = new Chat(config, memory, host, texts);
  const place = document.createElement("div");
  place.className = "place";
  host.root.append(place);

  const panel: Panel = {
    get isOpen() {
      return chat.isOpen;
    },
    open() {
      if (chat.isOpen) return;
      host.launcher.setAttribute("aria-expanded", "true");
      host.element.toggleAttribute("open", true);
      chat.setOpen(true);
    },
    close() {
      if (!chat.isOpen) return;
      host.launcher.setAttribute("aria-expanded", "false");
      host.element.toggleAttribute("open", false);
      chat.setOpen(false);
      host.launcher.focus();
    },
    identify: (jwt) => chat.identify(jwt),
    logout: () => chat.logout(),
  };
  render(h(Window, { chat, onClose: () => panel.close() }), place);
  watchTitle(chat);
  if (host.back) chat.help.talk("");
  if (memory.get("token")) chat.connect();
  return panel;
}

async function loadConfig(base: string): Promise<Config> {
  const answer = await fetch(`${base}/widget.json`);
  if (!answer.ok) throw new Error(`No configuration of the chat: ${answer.status}`);
  return (await answer.json()) as Config;
}

function dress(host: Host, config: Config): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  host.root.adoptedStyleSheets = [...host.root.adoptedStyleSheets, sheet];
  const own = new CSSStyleSheet();
  own.replaceSync(
    `:host { --ch-accent: ${config.accent}; --ch-on-accent: ${onAccent(config.accent)}; }`,
  );
  // Before the others, so that the page's own --ch-… on the element win.
  host.root.adoptedStyleSheets = [own, ...host.root.adoptedStyleSheets];
  if (!host.element.hasAttribute("side")) host.element.setAttribute("side", config.side);
  if (host.theme) host.element.setAttribute("theme", host.theme);
}
