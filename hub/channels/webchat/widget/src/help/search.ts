/** What is looked for and what was found: asked while one types, the last answer counts. */
import { Refused, type Found, type Hit } from "./api";

export type Step = "busy" | "done" | "slow" | "failed";

export type Ask = (words: string, search: string, signal: AbortSignal) => Promise<Found>;

const PAUSE_MS = 450;
const HAN = /\p{Script=Han}/u;

export class Search {
  step: Step = "busy";
  hits: Hit[] = [];
  /** The words that `hits` answer; "": the newest articles. */
  answered = "";
  /** The hub's name of this search. */
  id = "";
  /** Seconds until it is asked again, where it was too fast. */
  waitS = 0;
  private words = "";
  private asking: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: Ask,
    private readonly changed: () => void,
    /** Words were answered: told to who answers the chat. */
    private readonly found: (words: string) => void,
  ) {}

  /** The customer is typing: ask when they pause. A single letter says nothing, a character may. */
  type(words: string): void {
    const before = this.words;
    this.words = clean(words);
    if (this.words === before) return;
    clearTimeout(this.timer);
    if (this.words.length === 1 && !HAN.test(this.words)) return;
    if (this.words) this.timer = setTimeout(() => this.now(), PAUSE_MS);
    else this.now();
  }

  /** Ask at once. */
  now(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const { words } = this;
    this.become("busy");
    this.ask(words, this.id, asking.signal).then(
      (found) => {
        if (asking.signal.aborted) return;
        this.hits = found.articles;
        this.answered = words;
        this.id = found.search;
        if (words) this.found(words);
        this.become("done");
      },
      (error: unknown) => {
        if (!asking.signal.aborted) this.refused(error);
      },
    );
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  private refused(error: unknown): void {
    if (!(error instanceof Refused) || error.status !== 429) {
      this.become("failed");
      return;
    }
    this.waitS = Math.max(1, Math.ceil(error.retryS));
    this.timer = setTimeout(() => this.now(), this.waitS * 1000);
    this.become("slow");
  }

  private become(step: Step): void {
    this.step = step;
    this.changed();
  }
}

function clean(words: string): string {
  return words.trim().replace(/\s+/g, " ");
}
