import { describe, expect, test } from "vitest";
import { Outbox, type Keeper } from "../src/panel/outbox";

/** A page's storage; `full` makes every write fail. */
class Storage implements Keeper {
  readonly kept = new Map<string, string>();
  full = false;
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
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

const NOON = Date.UTC(2026, 2, 10, 12);

function texts(outbox: Outbox): string[] {
  return outbox.all().map((item) => item.text);
}

describe("the outbox", () => {
  test("keeps unacknowledged messages over a reload, in the order they were typed", () => {
    const storage = new Storage();
    const before = new Outbox(storage, "shop ");
    before.add("one", [], "a", NOON);
    before.add("two", [], "b", NOON);
    before.add("three", [], "c", NOON - 60_000); // the clock was set back
    const after = new Outbox(storage, "shop ");
    expect(texts(after)).toEqual(["one", "two", "three"]);
    after.settle("a");
    expect(texts(new Outbox(storage, "shop "))).toEqual(["two", "three"]);
  });

  test("gives the oldest one to send until it is settled", () => {
    const outbox = new Outbox(new Storage(), "shop ");
    outbox.add("one", [], "a", NOON);
    outbox.add("two", [], "b", NOON);
    expect(outbox.head()?.clientId).toBe("a");
    expect(outbox.settle("a")?.text).toBe("one");
    expect(outbox.settle("a")).toBeUndefined();
    expect(outbox.head()?.clientId).toBe("b");
  });

  test("passes a refused message by, and takes it up in its old place on retry", () => {
    const storage = new Storage();
    const outbox = new Outbox(storage, "shop ");
    outbox.add("one", [], "a", NOON);
    outbox.add("two", [], "b", NOON);
    outbox.fail("a", "too_long");
    expect(outbox.head()?.clientId).toBe("b");
    expect(new Outbox(storage, "shop ").find("a")?.failed).toBe("too_long");
    outbox.retry("a");
    expect(outbox.head()?.clientId).toBe("a");
    expect(texts(outbox)).toEqual(["one", "two"]);
  });

  test("two tabs add to the same storage without losing anything", () => {
    const storage = new Storage();
    const first = new Outbox(storage, "shop ");
    const second = new Outbox(storage, "shop ");
    first.add("from the first", [], "a", NOON);
    second.add("from the second", [], "b", NOON + 1);
    expect(texts(new Outbox(storage, "shop "))).toEqual(["from the first", "from the second"]);
  });

  test("goes on in memory when the storage is full", () => {
    const storage = new Storage();
    const outbox = new Outbox(storage, "shop ");
    storage.full = true;
    expect(outbox.add("one", [], "a", NOON)).toBe(false);
    expect(outbox.head()?.text).toBe("one");
  });

  test("leaves alone what is not its own or is broken", () => {
    const storage = new Storage();
    storage.kept.set("shop x", "{");
    storage.kept.set("shop y", '{"clientId":7}');
    storage.kept.set("cart", "[]");
    const outbox = new Outbox(storage, "shop ");
    expect(outbox.all()).toEqual([]);
    outbox.clear();
    expect(storage.kept.get("cart")).toBe("[]");
  });
});
