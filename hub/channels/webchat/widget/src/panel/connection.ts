/**
 * The line: connects, beats, notices silence, comes back with back-off. Knows no chat. Where no
 * WebSocket comes through, every other attempt is made without one (src/polled).
 */
import { Backoff } from "./backoff";
import { parseFrame, type ClientFrame, type ServerFrame } from "./protocol";

export interface ConnectionEvents {
  /** The socket is open: say hello now. */
  opened(): void;
  frame(frame: ServerFrame): void;
  /** It is down; the next attempt comes in `retryMs`, or never (`null`). */
  down(retryMs: number | null): void;
}

/** What is used of a WebSocket. */
export interface Socket {
  readonly readyState: number;
  send(frame: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

const SILENT_MS = 10_000; // after a ping without any answer
const CONNECT_MS = 10_000;
const POLICY = 1008;
const BLOCKED = 2;

export class Connection {
  private socket: Socket | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private beatTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff = new Backoff();
  private stopped = true;
  private polled: (() => Socket) | undefined;

  /** Time between two beats, given by the hub's welcome. */
  heartbeatMs = 25_000;

  constructor(
    private readonly url: string,
    private readonly events: ConnectionEvents,
    /** Loads what opens a line without a socket. */
    private readonly load: () => Promise<() => Socket>,
    /** Attempts in a row of which nothing was heard: the second of two goes without a socket. */
    public unheard: number,
  ) {}

  get failedAttempts(): number {
    return this.backoff.failed;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener("online", this.now);
    document.addEventListener("visibilitychange", this.seen);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.now);
    document.removeEventListener("visibilitychange", this.seen);
    this.drop();
  }

  /** Try at once: the customer asked, the network or the page came back. */
  readonly now = (): void => {
    if (this.stopped || this.socket) return;
    clearTimeout(this.retryTimer);
    this.connect();
  };

  /** The hub greeted us: the line is good. */
  settled(): void {
    this.backoff.reset();
  }

  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Give the socket up (no ack came) and connect anew. */
  restart(): void {
    if (this.stopped) return;
    this.drop();
    this.later();
  }

  private readonly seen = (): void => {
    if (document.visibilityState === "visible") {
      // A page that slept may hold a dead socket: ask at once.
      if (this.socket) this.beat(0);
      else this.now();
    }
  };

  private connect(): void {
    const blocked = this.unheard > 0 && !(this.unheard % BLOCKED);
    if (blocked && !this.polled) {
      this.load().then(
        (polled) => {
          this.polled = polled;
          this.now();
        },
        () => {
          this.unheard++;
          this.later();
        },
      );
      return;
    }
    this.unheard++;
    let socket: Socket;
    try {
      socket = blocked ? this.polled!() : new WebSocket(this.url);
    } catch {
      this.later(); // the page's own policy forbids it, or the address is wrong
      return;
    }
    this.socket = socket;
    this.watch(CONNECT_MS);
    socket.onopen = () => {
      this.beat(this.heartbeatMs);
      this.events.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      // Where a WebSocket was heard, the network's or the hub's own breaks are waited out longer.
      this.unheard = blocked ? BLOCKED : -4;
      this.beat(this.heartbeatMs);
      const frame = parseFrame(event.data);
      if (frame) this.events.frame(frame);
    };
    socket.onclose = (event: CloseEvent) => {
      if (this.socket !== socket) return;
      this.drop();
      if (event.code === POLICY) {
        this.stopped = true;
        this.events.down(null);
      } else {
        this.later();
      }
    };
  }

  private later(): void {
    const waitMs = this.backoff.next();
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(this.now, waitMs);
    this.events.down(waitMs);
  }

  /** Ping after `afterMs`; if nothing at all comes back, the line is dead. */
  private beat(afterMs: number): void {
    clearTimeout(this.beatTimer);
    this.beatTimer = setTimeout(() => {
      this.send({ type: "ping" });
      this.watch(SILENT_MS);
    }, afterMs);
  }

  private watch(ms: number): void {
    clearTimeout(this.beatTimer);
    this.beatTimer = setTimeout(() => this.restart(), ms);
  }

  private drop(): void {
    clearTimeout(this.beatTimer);
    clearTimeout(this.retryTimer);
    const socket = this.socket;
    this.socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }
}
