/** What is shown of the conversation: entries by seq, each once; then day and sender groups. */
import type { Message } from "./protocol";

export type Entry = Omit<Message, "type">;

export class Timeline {
  private entries: Entry[] = [];
  private whole = 0;

  /** Up to here nothing is missing: where a reconnect goes on from. */
  get wholeSeq(): number {
    return this.whole;
  }

  /** Add what the hub pushed: newer entries come in order, and nothing it has lies between. */
  push(incoming: readonly Entry[]): Entry[] {
    this.whole = Math.max(this.whole, ...incoming.map((entry) => entry.seq));
    return this.add(incoming);
  }

  /** Add our own message once it is stored. Its `ack` may overtake what the agent said before it. */
  stored(entry: Entry): void {
    if (entry.seq === this.whole + 1) this.whole = entry.seq;
    this.add([entry]);
  }

  /** Add entries in any order; a seq that is there already is dropped. Returns the new ones. */
  private add(incoming: readonly Entry[]): Entry[] {
    const known = new Set(this.entries.map((entry) => entry.seq));
    const fresh = incoming.filter((entry) => !known.has(entry.seq) && known.add(entry.seq));
    if (fresh.length) {
      this.entries = [...this.entries, ...fresh].sort((one, other) => one.seq - other.seq);
    }
    return fresh;
  }

  all(): readonly Entry[] {
    return this.entries;
  }

  clear(): void {
    this.whole = 0;
    this.entries = [];
  }

  get lastSeq(): number {
    return this.entries.at(-1)?.seq ?? 0;
  }

  get firstSeq(): number {
    return this.entries[0]?.seq ?? 0;
  }

  /** The newest entry of ours and of theirs, for read states and unread counts. */
  lastSeqOf(sender: Entry["sender"]): number {
    return this.entries.findLast((entry) => entry.sender === sender)?.seq ?? 0;
  }

  countAfter(seq: number, sender: Entry["sender"]): number {
    return this.entries.filter((entry) => entry.seq > seq && entry.sender === sender).length;
  }
}

const GROUP_MS = 5 * 60_000;

/** Say whether `entry` continues the group of the one before it: same sender, same day, 5 min. */
export function continues(
  before: { sender: string; author?: string | undefined; at: string } | undefined,
  entry: { sender: string; author?: string | undefined; at: string },
): boolean {
  return (
    before !== undefined &&
    before.sender === entry.sender &&
    (before.author ?? "") === (entry.author ?? "") &&
    Date.parse(entry.at) - Date.parse(before.at) < GROUP_MS &&
    sameDay(before.at, entry.at)
  );
}

export function sameDay(one: string, other: string): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
