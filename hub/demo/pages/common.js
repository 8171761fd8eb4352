// Language switch and small helpers for the demo's pages. Text goes into the page as text only.
const LANGUAGES = ["zh-CN", "en"];

export function language() {
  const kept = localStorage.getItem("demo-language");
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function texts(all) {
  const words = all[language()];
  document.documentElement.lang = language();
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = words[node.dataset.t];
  for (const node of document.querySelectorAll("[data-placeholder]"))
    node.placeholder = words[node.dataset.placeholder];
  for (const node of document.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", words[node.dataset.label]);
  for (const node of document.querySelectorAll("a[data-language]")) node.search = `?language=${language()}`;
  for (const node of document.querySelectorAll("a[data-lang]")) node.search = `?lang=${language()}`;
  document.title = `Contact Hub · ${words.title}`;
  const switcher = document.querySelector("#language");
  if (switcher) {
    switcher.textContent = language() === "en" ? "中文" : "English";
    switcher.onclick = () => {
      localStorage.setItem("demo-language", language() === "en" ? "zh-CN" : "en");
      location.reload();
    };
  }
  return words;
}

export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  return answer.json();
}

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Follow the feed; `show(line)` for each new line, `state(feed)` after each look. */
export function follow(show, state) {
  let after = 0;
  async function look() {
    try {
      const feed = await (await fetch(`/feed.json?after=${after}`)).json();
      for (const line of feed.lines) {
        after = Math.max(after, line.n);
        show(line);
      }
      state?.(feed);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      state?.({ hub_up: false, gone: true, lines: [], on_the_phone: [] });
    } finally {
      setTimeout(look, 700);
    }
  }
  look();
}

export const CHANNELS = {
  "zh-CN": { email: "邮件", webchat: "聊天", phone: "电话", fax: "传真", "": "" },
  en: { email: "Mail", webchat: "Chat", phone: "Phone", fax: "Fax", "": "" },
};

export const TIERS = {
  "zh-CN": { gold: "金牌", potential_gold: "潜力", standard: "普通", low: "基础" },
  en: { gold: "Gold", potential_gold: "Rising", standard: "Standard", low: "Basic" },
};

export function feedItem(line) {
  const item = element("li", line.who);
  const meta = element("span", "meta");
  const channel = CHANNELS[language()][line.channel] ?? "";
  if (channel) meta.append(element("span", "chip", channel), " ");
  meta.append(`${new Date(line.at).toLocaleTimeString(language())} ${line.name} `);
  if (line.tier === "gold") meta.append(element("span", "chip gold", TIERS[language()].gold));
  item.append(meta, element("span", "words", line.text));
  return item;
}
