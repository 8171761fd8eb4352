/**
 * Gets the outbox to the hub: one message at a time, each again until it is acknowledged or refused
 * for good. The hub knows each by its client id, so that a repeat is stored once.
 */
import type { Outbox, Outgoing } from "./outbox";
import type { ClientFrame, Nack } from "./protocol";

export interface Line {
  send(frame: ClientFrame): boolean;
  restart(): void;
}

const ACK_MS = 15_000;

export class Sending {
  private current = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private open = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly line: Line,
    /** A message waits for `waitMs` because the hub asked for it. */
    private readonly delayed: (nack: Nack, waitMs: number) => void,
  ) {}

  /** The hub has greeted us: send what waits. */
  opened(): void {
    this.open = true;
    this.current = "";
    this.flush();
  }

  closed(): void {
    this.open = false;
    this.current = "";
    clearTimeout(this.timer);
  }

  /** Send the oldest that waits; the next one goes when it is acknowledged. */
  flush(): void {
    const item = this.outbox.head();
    if (!item || this.current || !this.open) return;
    const sent = this.line.send({
      type: "send",
      client_id: item.clientId,
      text: item.text,
      files: item.files.map((file) => file.id),
      ...(item.before ? { before: item.before } : {}),
    });
    if (!sent) return;
    this.current = item.clientId;
    this.later(ACK_MS, () => this.line.restart());
  }

  /** It is stored, told by an ack or by the entry itself. Returns it if it waited here. */
  settle(clientId: string): Outgoing | undefined {
    if (this.current === clientId) {
      this.current = "";
      clearTimeout(this.timer);
    }
    return this.outbox.settle(clientId);
  }

  refused(nack: Nack): void {
    if (!this.outbox.find(nack.client_id)) return; // stored after all: an ack came first
    clearTimeout(this.timer);
    if (nack.retry_after_s === undefined) {
      this.current = "";
      this.outbox.fail(nack.client_id, nack.code);
      this.flush();
      return;
    }
    // It stays the next one: nothing written later overtakes it.
    const waitMs = Math.max(1, nack.retry_after_s) * 1000;
    this.delayed(nack, waitMs);
    this.later(waitMs, () => {
      this.current = "";
      this.flush();
    });
  }

  private later(ms: number, action: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(action, ms);
  }
}
