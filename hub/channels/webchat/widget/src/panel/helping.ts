/** Whether the help stands before the chat, and what the customer did in it. */
import type { Chat } from "./chat";
import type { Before } from "./protocol";

const KEPT = 5; // as the hub takes

export class Helping {
  /** The hub has said that we have not talked before, or we know it. */
  met: boolean;
  /** Asked for or left by the customer; undefined: it stands there until something is said. */
  private wanted: boolean | undefined;
  /** Counts who has been at this device since the page was loaded. */
  person = 0;
  private searched: string[] = [];
  private read: string[] = [];

  constructor(private readonly chat: Chat) {
    this.met = !chat.memory.get("token");
  }

  /** There is help, and nobody is waiting or talking. */
  get possible(): boolean {
    const { config, standing } = this.chat;
    return config.help && standing.state !== "waiting" && standing.state !== "active";
  }

  get shown(): boolean {
    const { timeline, outbox } = this.chat;
    if (!this.possible) return false;
    return this.wanted ?? (this.met && !timeline.lastSeq && !outbox.all().length);
  }

  show(): void {
    this.wanted = true;
    this.chat.changed();
  }

  /** Leave the help for the chat; `words` are what the customer was looking for. */
  talk(words: string): void {
    this.wanted = false;
    if (words && !this.chat.memory.get("draft")) this.chat.memory.set("draft", words);
    this.chat.connect();
    this.chat.changed();
  }

  /** Words that were looked for; of words typed on only the last count. */
  noteSearch(words: string): void {
    const others = this.searched.filter((other) => !words.startsWith(other) && other !== words);
    this.searched = [...others, words].slice(-KEPT);
  }

  noteRead(id: string): void {
    this.read = [...this.read.filter((other) => other !== id), id].slice(-KEPT);
  }

  /** What goes with the first message: once. */
  take(): Before | undefined {
    const { searched, read } = this;
    this.searched = [];
    this.read = [];
    return searched.length || read.length ? { searched, read } : undefined;
  }

  /** Somebody else is at this device now. */
  forget(): void {
    this.take();
    this.wanted = undefined;
    this.met = true;
    this.person += 1;
  }
}
