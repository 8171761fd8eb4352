/** The chat: what the customer does goes out, what the hub says becomes state to draw. */
import type { Host } from "../host";
import { Connection } from "./connection";
import { Files } from "./files";
import { helloOf } from "./hello";
import { Helping } from "./helping";
import type { Memory } from "./memory";
import { Outbox } from "./outbox";
import type { Call, ClientFrame, Config, FileView, Limits, ServerFrame } from "./protocol";
import { Sending } from "./sending";
import { leave, stand, welcomed } from "./standing";
import { NOBODY, TYPING_MS, TYPING_SHARED_MS, newClientId, type Happening, type Line } from "./states";
import type { TextKey, Texts } from "./texts";
import { Timeline, type Entry } from "./timeline";
import { Wished } from "./wished";

export class Chat {
  readonly timeline = new Timeline();
  readonly outbox: Outbox;
  readonly files: Files;
  readonly help: Helping;
  readonly wished: Wished;
  line: Line = "connecting";
  standing = NOBODY;
  limits: Limits = { text_characters: 8000, files: 10, file_bytes: 20 << 20, heartbeat_s: 25 };
  more = false;
  loadingOlder = false;
  typing = "";
  agentReadSeq = 0;
  happenings: Happening[] = [];
  survey = "";
  surveyDone = false;
  call: Call | null = null; // that is to come
  proved = ""; // the address the customer has proved by a code
  lapsed = ""; // the one whose proof was so long ago that it counts no more
  /** Told once to the customer: a key with values, or nothing. */
  notice: { key: TextKey; values: Record<string, string | number> } | null = null;
  isOpen = false;
  formless = false; // the form cannot be had: one writes without it
  /** The hub does not serve this visitor any more. */
  blocked = false;
  welcomed = false;
  unread = 0;
  /** Files dropped anywhere on the window, on their way to the composer. */
  readonly dropped = new EventTarget();
  readonly connection: Connection;
  private readonly listeners = new Set<() => void>();
  private identity = "";
  private told = ""; // the token of the last hello
  private readonly sending: Sending;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  private typingSharedAt = 0;
  private scheduled = false;
  private reported = 0;

  constructor(
    readonly config: Config,
    readonly memory: Memory,
    readonly host: Host,
    public texts: Texts,
  ) {
    this.help = new Helping(this);
    this.wished = new Wished(this);
    this.outbox = new Outbox(memory.keeper, memory.outboxPrefix);
    this.files = new Files(host.base, () => memory.get("token"));
    this.connection = new Connection(
      config.socket_url,
      {
        opened: () => this.hello(),
        frame: (frame) => this.take(frame),
        down: (retryMs) => this.down(retryMs),
      },
      () => import("../polled/polled").then((it) => () => it.polled(this)),
      +memory.get("polled") > Date.now() ? 2 : 0,
    );
    this.sending = new Sending(this.outbox, this.connection, (nack, waitMs) => {
      const key = nack.code === "too_many" ? "too_many" : "unavailable";
      this.tell(key, { n: Math.ceil(waitMs / 1000) }, waitMs);
    });
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("offline", () => this.changed());
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tell those who draw, once for all that changes in one turn. */
  changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const listener of this.listeners) listener();
    });
  }

  // ---- what the customer does ------------------------------------------------------------------

  connect(): void {
    this.connection.start();
  }

  reconnect(): void {
    this.connection.now();
  }

  get failedAttempts(): number {
    return this.connection.failedAttempts;
  }

  setOpen(open: boolean): void {
    this.isOpen = open;
    if (open && !this.help.shown) this.connect();
    this.host.emit(open ? "open" : "close");
    this.look();
    this.changed();
  }

  send(text: string, files: FileView[]): void {
    this.outbox.add(text, files, newClientId(), Date.now(), this.help.take());
    this.memory.set("started", "1");
    this.typingSharedAt = 0;
    this.connect();
    this.sending.flush();
    this.changed();
  }

  drop(files: File[]): void {
    this.dropped.dispatchEvent(new CustomEvent("files", { detail: files }));
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
    this.sending.flush();
    this.changed();
  }

  discard(clientId: string): void {
    this.outbox.settle(clientId);
    this.changed();
  }

  /** The customer is typing: said now and then, and when it stops. */
  shareTyping(on: boolean): void {
    const now = Date.now();
    if (on ? now - this.typingSharedAt < TYPING_SHARED_MS : !this.typingSharedAt) return;
    this.typingSharedAt = on ? now : 0;
    this.connection.send({ type: "typing", on });
  }

  saveProfile(name: string, email: string): void {
    this.memory.set("name", name);
    this.memory.set("email", email);
    this.memory.set("started", "1");
    if (this.welcomed) this.connection.send({ type: "profile", name, email });
    this.changed();
  }

  get needsForm(): boolean {
    const { name, email } = this.config.pre_chat;
    if (this.formless || this.memory.get("started") || this.timeline.lastSeq || this.outbox.all().length) return false;
    return name !== "off" || email !== "off";
  }

  loadOlder(): void {
    if (!this.more || this.loadingOlder || !this.timeline.firstSeq) return;
    this.loadingOlder = this.connection.send({
      type: "older",
      before_seq: this.timeline.firstSeq,
    });
    this.changed();
  }

  end(): void {
    this.say({ type: "end" });
  }

  /** Say something to the hub; false: there is no line. */
  say(frame: ClientFrame): boolean {
    return this.connection.send(frame);
  }

  ring(): void {
    if (this.soundOn) import("../menu/menu").then((it) => it.chime(), () => undefined);
  }

  /** Answer the survey; score 0: declined. */
  rate(score: number, comment: string): void {
    this.connection.send({ type: "survey", contact: this.survey, score, comment });
    this.survey = "";
    this.surveyDone = score > 0;
    this.changed();
  }

  get soundOn(): boolean {
    return this.memory.get("sound") !== "off";
  }

  toggleSound(): void {
    this.memory.set("sound", this.soundOn ? "off" : "on");
    this.changed();
  }

  useTexts(texts: Texts): void {
    this.texts = texts;
    this.memory.set("language", texts.language);
    this.changed();
  }

  identify(jwt: string): void {
    this.identity = jwt;
    if (this.welcomed) this.connection.restart();
  }

  logout(): void {
    this.memory.forget();
    this.outbox.clear();
    this.identity = "";
    this.help.forget();
    this.wished.ask("");
    this.quit();
    this.connection.restart();
    this.changed();
  }

  tell(key: TextKey, values: Record<string, string | number> = {}, ms = 6_000): void {
    this.notice = { key, values };
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => {
      this.notice = null;
      this.changed();
    }, ms);
    this.changed();
  }

  /** Count what is unseen; where the panel is in sight, report it read. */
  look(): void {
    const newest = this.timeline.lastSeqOf("agent");
    const inSight = this.isOpen && document.visibilityState === "visible";
    let read = Number(this.memory.get("read"));
    if (inSight && newest > read) {
      read = newest;
      this.memory.set("read", String(newest));
    }
    if (newest > this.reported && this.welcomed) {
      this.connection.send({ type: inSight ? "read" : "got", seq: newest });
      if (inSight) this.reported = newest;
    }
    const unread = this.timeline.countAfter(read, "agent");
    if (unread !== this.unread) {
      this.unread = unread;
      this.host.showUnread(unread);
    }
  }

  // ---- what the hub says -----------------------------------------------------------------------

  private hello(): void {
    this.told = this.memory.get("token");
    if (!this.told) this.quit(); // maybe another page has signed out
    this.connection.send(helloOf(this, this.told, this.identity));
  }

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.welcome(frame);
        break;
      case "resync":
        this.forget();
        break;
      case "history":
        this.loadingOlder = this.loadingOlder && !frame.before_seq;
        if (frame.before_seq || !this.timeline.firstSeq) this.more = frame.more;
        this.arrive(frame.messages, false);
        break;
      case "message":
        this.typing = "";
        this.arrive([frame], frame.sender === "agent");
        break;
      case "ack":
        this.acked(frame.client_id, frame.seq, frame.at);
        break;
      case "nack":
        this.blocked = frame.code === "blocked";
        this.sending.refused(frame);
        break;
      case "typing":
        this.showTyping(frame.on, frame.author ?? "");
        break;
      case "read":
        this.agentReadSeq = Math.max(this.agentReadSeq, frame.seq);
        break;
      case "survey":
        this.survey = frame.contact;
        this.surveyDone = false;
        break;
      case "problem":
        if (this.wished.take(frame)) break;
        this.problem(frame.code, frame.retry_after_s);
        break;
      default:
        if (!this.wished.take(frame)) stand(this, frame);
    }
    this.changed();
  }

  private welcome(frame: ServerFrame & { type: "welcome" }): void {
    // Another tab was greeted meanwhile: come back as the same visitor.
    if (frame.token && this.memory.get("token") !== this.told) return this.connection.restart();
    this.connection.settled();
    this.connection.heartbeatMs = frame.limits.heartbeat_s * 1000;
    this.limits = frame.limits;
    if (frame.fresh) {
      this.quit();
      this.memory.set("read", "");
    }
    for (const key of ["token", "name", "email"] as const)
      if (frame[key]) this.memory.set(key, frame[key]);
    this.agentReadSeq = Math.max(this.agentReadSeq, frame.agent_read_seq ?? 0);
    welcomed(this, frame);
    this.line = "online";
    this.blocked = false;
    this.welcomed = true;
    this.host.back = "";
    this.help.met = frame.last_seq === 0; // else the history follows
    this.files.welcome();
    this.reported = 0;
    this.look();
    this.sending.opened();
  }

  private arrive(messages: readonly Entry[], isNews: boolean): void {
    for (const message of messages) {
      if (message.client_id) this.sending.settle(message.client_id);
    }
    const fresh = this.timeline.push(messages);
    // Who answers has read what came before.
    this.agentReadSeq = Math.max(this.agentReadSeq, this.timeline.lastSeqOf("agent"));
    this.look();
    if (isNews && fresh.length) {
      this.host.emit("message", fresh[0]);
      if (this.unread || document.visibilityState !== "visible") this.ring();
    }
  }

  private acked(clientId: string, seq: number, at: string): void {
    const item = this.sending.settle(clientId);
    if (item) {
      const files = item.files.length ? { files: item.files } : {};
      this.timeline.stored({ seq, id: clientId, sender: "customer", text: item.text, at, ...files });
    }
    this.sending.flush();
  }

  private showTyping(on: boolean, author: string): void {
    clearTimeout(this.typingTimer);
    this.typing = on ? author || this.standing.agent || this.texts.say("agent") : "";
    if (!on) return;
    this.typingTimer = setTimeout(() => {
      this.typing = "";
      this.changed();
    }, TYPING_MS);
  }

  private problem(code: string, retryAfterS: number | undefined): void {
    const n = Math.ceil(retryAfterS ?? 5);
    this.blocked = code === "blocked";
    if (code === "too_many") this.tell("too_many_connections", { n }, n * 1000);
    else if (code === "unavailable") this.tell("unavailable");
    else if (code === "return_link") this.tell("return_gone", {}, 15_000);
  }

  private down(retryMs: number | null): void {
    this.welcomed = false;
    this.sending.closed();
    this.wished.take(null);
    this.loadingOlder = false;
    this.typing = "";
    this.line = retryMs === null ? "refused" : "offline";
    this.changed();
  }

  /** What we hold is of somebody who is here no more. */
  private quit(): void {
    this.forget();
    leave(this);
  }

  /** The hub said that what we hold is not the conversation: show it anew. */
  private forget(): void {
    this.timeline.clear();
    this.happenings = [];
    this.more = false;
    this.look();
  }
}
