/**
 * A line without a WebSocket, for networks that let none through: the same frames, carried by
 * requests (polled_routes.py). Loaded where sockets failed; stands where a WebSocket would.
 */
import type { Chat } from "../panel/chat";
import type { Socket } from "../panel/connection";

const OPEN_MS = 15_000; // a line that does not begin by then is none
const ASK_MS = 35_000; // the hub answers after 20 s at the latest, proxies add to it
const REST_MS = 5_000; // between the polls of hidden pages
const TRIES = 3;
const BATCH = 16; // frames, and …
const BATCH_CHARACTERS = 8_000; // … beyond which no further one is added
const FIRST_PROBE_MS = 60_000;
const PROBE_MS = 600_000;
const KNOWN_MS = 900_000; // so long a page that is loaded begins without a WebSocket
const LOST = 1006;
const TRY_LATER = 1013;

let probed = false; // a WebSocket was tried beside the line, and failed

export function polled(chat: Chat): Socket {
  return new Polled(chat);
}

/** Why the hub refused a request (RFC 9457). */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: { code?: string; message?: string; retry_after_s?: number },
  ) {
    super(String(status));
  }
}

class Polled implements Socket {
  readyState: number = WebSocket.CONNECTING;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  private key = "";
  private queue: string[] = [];
  private sent = 0; // frames the hub has taken
  private got = 0; // frames of the hub that were handed on
  private pumping = false;
  private readonly asking = new Set<AbortController>();
  private probeTimer: ReturnType<typeof setTimeout> | undefined;
  private wake = (): void => undefined;

  constructor(private readonly chat: Chat) {
    addEventListener("pagehide", this.leave);
    document.addEventListener("visibilitychange", this.rouse);
    queueMicrotask(() => {
      if (this.readyState !== WebSocket.CONNECTING) return;
      this.readyState = WebSocket.OPEN;
      this.onopen?.(new Event("open"));
    });
  }

  send(frame: string): void {
    this.queue.push(frame);
    void this.pump();
  }

  close(): void {
    if (!this.shut()) return;
    const body = JSON.stringify({ line: this.key, bye: true });
    // As the page goes: the hub knows at once that nobody is here.
    if (this.key) fetch(this.address("/send"), { method: "POST", body, keepalive: true }).catch(() => undefined);
  }

  /** Hand frames in, those of one turn together, one request at a time: in the order they were sent. */
  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    try {
      await Promise.resolve();
      while (this.isOpen() && this.queue.length) await this.hand(this.batch());
    } catch (error) {
      this.failed(error);
    } finally {
      this.pumping = false;
    }
  }

  private batch(): string[] {
    let count = 0;
    let characters = 0;
    while (count < Math.min(BATCH, this.queue.length) && characters <= BATCH_CHARACTERS)
      characters += this.queue[count++]?.length ?? 0;
    return this.queue.slice(0, count);
  }

  private async hand(frames: string[]): Promise<void> {
    const body = frames.join("\n");
    const began = this.key;
    const head = JSON.stringify({ line: began, number: this.sent + 1 });
    const answer = began ? await this.ask("/send", `${head}\n${body}`, OPEN_MS) : await this.ask("", body, OPEN_MS);
    this.sent += frames.length;
    this.queue.splice(0, frames.length);
    if (began) return this.wake();
    this.take(answer);
    if (!this.isOpen()) return;
    this.remember();
    this.probe();
    void this.poll();
  }

  /** Wait for what the hub says, again and again. */
  private async poll(): Promise<void> {
    try {
      while (this.isOpen()) {
        if (!(await this.turn())) await this.rest();
      }
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * One poll; false: rest now. A browser has but few connections to one address, for all tabs: of
   * the hidden ones only one at a time waits for an answer, the others ask now and then.
   */
  private async turn(): Promise<boolean> {
    if (document.visibilityState === "visible") return this.receive(true);
    const { locks } = navigator as { locks?: LockManager };
    if (!locks) return this.receive(false);
    return locks.request(`contact-hub ${this.chat.host.base}`, { ifAvailable: true }, (lock) => this.receive(!!lock));
  }

  private async receive(wait: boolean): Promise<boolean> {
    this.take(await this.ask("/receive", JSON.stringify({ line: this.key, after: this.got, wait }), ASK_MS));
    return wait;
  }

  private rest(): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, REST_MS);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private readonly rouse = (): void => this.wake();

  private take(answer: string): void {
    const [head = "", ...frames] = answer.split("\n");
    const told = JSON.parse(head) as { first: number; line?: string; code?: number };
    this.key ||= told.line ?? "";
    frames.forEach((data, index) => {
      if (told.first + index <= this.got || !this.isOpen()) return;
      this.got = told.first + index;
      this.onmessage?.({ data } as MessageEvent);
    });
    if (told.code) this.over(told.code);
    // An answer without news is a beat: no ping is needed.
    else if (!frames.length && this.isOpen()) this.onmessage?.({ data: '{"type":"pong"}' } as MessageEvent);
  }

  /** Ask the hub. Numbers make it safe to ask again; rejects where that does not help. */
  private async ask(path: string, body: string, ms: number): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.fetched(path, body, ms);
      } catch (error) {
        const { status = 0, problem = {} } = error instanceof Refused ? error : {};
        const final = status >= 400 && status < 500 && status !== 429;
        if (!path || final || tries >= TRIES || !this.isOpen()) throw error;
        const waitMs = (problem.retry_after_s ?? 2 ** (tries - 1)) * 1000;
        await new Promise((done) => setTimeout(done, waitMs));
        if (!this.isOpen()) throw error; // another line has taken over
      }
    }
  }

  private async fetched(path: string, body: string, ms: number): Promise<string> {
    const asking = new AbortController();
    const timer = setTimeout(() => asking.abort(), ms);
    this.asking.add(asking);
    try {
      const answer = await fetch(this.address(path), { method: "POST", body, signal: asking.signal });
      if (answer.ok) return await answer.text();
      throw new Refused(answer.status, await answer.json().catch(() => ({})));
    } finally {
      clearTimeout(timer);
      this.asking.delete(asking);
    }
  }

  private failed(error: unknown): void {
    if (!this.isOpen()) return;
    const { code, message = "", retry_after_s } = error instanceof Refused ? error.problem : {};
    if (this.key || !code) return this.over(LOST);
    // Not let in: said as on a socket.
    this.onmessage?.({ data: JSON.stringify({ type: "problem", code, message, retry_after_s }) } as MessageEvent);
    this.over(TRY_LATER);
  }

  /** Try a WebSocket beside the line now and then; where one comes through, the chat moves there. */
  private probe(): void {
    this.probeTimer = setTimeout(() => {
      const { chat } = this;
      const failed = (): void => {
        probed = true;
        if (!this.isOpen()) return;
        this.remember();
        this.probe();
      };
      let socket: WebSocket;
      try {
        socket = new WebSocket(chat.config.socket_url);
      } catch {
        return failed(); // the page's own policy forbids it
      }
      socket.onopen = () => socket.send('{"type":"ping"}'); // no hello: it is answered, and closed
      socket.onmessage = () => {
        socket.onclose = null;
        socket.close();
        chat.memory.set("polled", "");
        chat.connection.unheard = 0;
        if (this.isOpen()) chat.connection.restart();
      };
      socket.onclose = failed;
    }, probed ? PROBE_MS : FIRST_PROBE_MS);
  }

  private remember(): void {
    this.chat.memory.set("polled", String(Date.now() + KNOWN_MS));
  }

  private isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  private address(path: string): string {
    return `${this.chat.host.base}/line${path}`;
  }

  private readonly leave = (): void => {
    const { onclose } = this;
    this.close();
    onclose?.({ code: LOST } as CloseEvent); // a page that comes back from the browser's cache begins anew
  };

  private over(code: number): void {
    if (!this.shut()) return;
    if (!this.key) this.chat.memory.set("polled", "");
    this.onclose?.({ code } as CloseEvent);
  }

  /** Returns false if it was shut before. */
  private shut(): boolean {
    if (this.readyState === WebSocket.CLOSED) return false;
    this.readyState = WebSocket.CLOSED;
    removeEventListener("pagehide", this.leave);
    document.removeEventListener("visibilitychange", this.rouse);
    clearTimeout(this.probeTimer);
    for (const asking of this.asking) asking.abort();
    this.wake();
    return true;
  }
}
