/**
 * Messages not yet acknowledged. Kept in the page's storage, one key each (so that two tabs never
 * overwrite each other), and sent one after the other: order is what the customer typed.
 */
import type { Before, FileView } from "./protocol";

export interface Outgoing {
  clientId: string;
  text: string;
  files: FileView[];
  /** Rises with every message of this browser. */
  order: number;
  /** ISO time it was written at. */
  at: string;
  before?: Before;
  /** Why it was refused for good; the customer may try again or delete it. */
  failed?: string;
}

export interface Keeper {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Outbox {
  private items: Outgoing[] = [];

  constructor(
    private readonly keeper: Keeper,
    private readonly prefix: string,
  ) {
    for (let index = 0; index < keeper.length; index += 1) {
      const item = this.read(keeper.key(index));
      if (item) this.items.push(item);
    }
    this.sort();
  }

  /** Keep a message until it is acknowledged. Returns false if it can only be kept in memory. */
  add(
    text: string,
    files: FileView[],
    clientId: string,
    now: number,
    before?: Before,
  ): boolean {
    const last = this.items.at(-1)?.order ?? 0;
    const order = Math.max(now * 1000, last + 1);
    const item = { clientId, text, files, order, at: new Date(now).toISOString() };
    return this.put(before ? { ...item, before } : item);
  }

  /** All that waits, oldest first, refused ones included. */
  all(): readonly Outgoing[] {
    return this.items;
  }

  /** The next one to send: the oldest that was not refused. */
  head(): Outgoing | undefined {
    return this.items.find((item) => item.failed === undefined);
  }

  find(clientId: string): Outgoing | undefined {
    return this.items.find((item) => item.clientId === clientId);
  }

  /** It is stored at the hub (or given up): forget it. Returns it if it was here. */
  settle(clientId: string): Outgoing | undefined {
    const item = this.find(clientId);
    if (!item) return undefined;
    this.items = this.items.filter((other) => other !== item);
    try {
      this.keeper.removeItem(this.prefix + clientId);
    } catch {
      // Storage went away; the copy in memory is what counts now.
    }
    return item;
  }

  fail(clientId: string, why: string): void {
    const item = this.find(clientId);
    if (item) this.put({ ...item, failed: why });
  }

  /** The customer tries a refused one again, in its old place. */
  retry(clientId: string): void {
    const item = this.find(clientId);
    if (!item) return;
    const { failed: _, ...again } = item;
    this.put(again);
  }

  clear(): void {
    for (const item of [...this.items]) this.settle(item.clientId);
  }

  private put(item: Outgoing): boolean {
    this.items = [...this.items.filter((other) => other.clientId !== item.clientId), item];
    this.sort();
    try {
      this.keeper.setItem(this.prefix + item.clientId, JSON.stringify(item));
      return true;
    } catch {
      return false;
    }
  }

  private read(key: string | null): Outgoing | undefined {
    if (!key?.startsWith(this.prefix)) return undefined;
    try {
      const item = JSON.parse(this.keeper.getItem(key) ?? "null") as Partial<Outgoing> | null;
      if (
        typeof item?.clientId === "string" &&
        typeof item.text === "string" &&
        typeof item.order === "number" &&
        typeof item.at === "string" &&
        Array.isArray(item.files)
      ) {
        return item as Outgoing;
      }
    } catch {
      // Not ours, or broken: leave it.
    }
    return undefined;
  }

  private sort(): void {
    this.items.sort((one, other) => one.order - other.order);
  }
}
