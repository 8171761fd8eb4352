/** What the page remembers: localStorage under the entry point's name, or only this page's life. */
import type { Keeper } from "./outbox";

class InMemory implements Keeper {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

function storage(): Keeper {
  try {
    const probe = "contact-hub probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return new InMemory(); // forbidden or full: the chat works, but a reload forgets it
  }
}

/** What somebody left, and has to be gone when they sign out. */
const THEIRS = [
  "token",
  "draft",
  "name",
  "email",
  "typed_name",
  "typed_email",
  "read",
  "started",
  "code",
] as const;
type Kept = (typeof THEIRS)[number] | "sound" | "language" | "polled" | "shared";

export class Memory {
  readonly keeper = storage();
  readonly outboxPrefix: string;
  private readonly prefix: string;

  constructor(base: string) {
    this.prefix = `contact-hub ${base} `;
    this.outboxPrefix = `${this.prefix}out `;
  }

  get(what: Kept): string {
    return this.keeper.getItem(this.prefix + what) ?? "";
  }

  set(what: Kept, value: string): void {
    try {
      if (value) this.keeper.setItem(this.prefix + what, value);
      else this.keeper.removeItem(this.prefix + what);
    } catch {
      // Full: what is shown stays right, it is only forgotten at the next load.
    }
  }

  forget(): void {
    for (const what of THEIRS) this.set(what, "");
  }
}
