/**
 * The preview of a widget: what to draw comes from the page around it, which is the hub's own; what
 * the widget would send to the hub is answered here. Nothing leaves this page.
 */
const base = `${location.origin}/channels/-preview`;
const SOON_MS = 30;
let shown = null;
let last = "";

/** Answers as a hub would that has nobody in it: greeted, every message taken. */
class QuietSocket extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  readyState = 0;
  onopen = null;
  onmessage = null;
  onclose = null;
  seq = 0;

  constructor() {
    super();
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.(new Event("open"));
    }, SOON_MS);
  }

  send(text) {
    const frame = JSON.parse(text);
    if (frame.type === "hello") this.say(welcome());
    if (frame.type === "ping") this.say({ type: "pong" });
    if (frame.type === "send") {
      this.seq += 1;
      this.say({ type: "ack", client_id: frame.client_id, seq: this.seq, at: new Date().toISOString() });
    }
  }

  say(frame) {
    setTimeout(() => this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frame) })), SOON_MS);
  }

  close() {
    this.readyState = 3;
  }
}

const welcome = () => ({
  type: "welcome",
  conversation: null,
  last_seq: 0,
  fresh: true,
  token: "preview",
  standing: { state: "idle", position: null, wait_low_s: null, wait_high_s: null, open_now: shown.open, agent: "" },
  limits: { text_characters: 8000, files: 10, file_bytes: shown.config.max_file_bytes, heartbeat_s: 25 },
});

const realFetch = window.fetch.bind(window);
window.WebSocket = QuietSocket;
window.fetch = (address, options) =>
  String(address) === `${base}/widget.json`
    ? Promise.resolve(new Response(JSON.stringify(shown.config), { headers: { "Content-Type": "application/json" } }))
    : realFetch(address, options);

/** Each preview begins as a new visitor. */
function forget() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`contact-hub ${base}`)) localStorage.removeItem(key);
}

function draw() {
  document.documentElement.lang = shown.language;
  document.documentElement.dataset.theme = shown.theme;
  const script = document.createElement("script");
  script.src = `${base}/widget.js`;
  script.dataset.lang = shown.language;
  script.dataset.theme = shown.theme;
  script.addEventListener("load", () => window.ContactHub?.open());
  document.body.append(script);
}

addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.source !== parent || event.data?.type !== "preview") return;
  const wanted = JSON.stringify(event.data);
  if (shown === null) {
    shown = event.data;
    last = wanted;
    draw();
  } else if (wanted !== last) {
    location.reload(); // a widget is built once for a page; the page around asks again
  }
});
forget();
parent.postMessage({ type: "preview.ready" }, location.origin);
