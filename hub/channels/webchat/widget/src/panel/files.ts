/** Uploads and downloads over HTTP; the visitor's token goes in a header, never in an address. */
import type { FileView } from "./protocol";
import type { TextKey } from "./texts";

/** Why the hub did not take a file (RFC 9457); without a code it was not the hub that said so. */
export interface Refusal {
  code?: string;
  retry_after_s?: number;
  details?: { types?: string };
}

/** What the customer is told of it: a key of the texts, and its values. */
export function wordsOf({ code, retry_after_s, details }: Refusal): [TextKey, Record<string, string | number>] {
  if (code === "too_many") return ["file_wait", { n: Math.ceil(retry_after_s ?? 5) }];
  if (code === "wrong_type" || code === "file_found") {
    const types = details?.types?.replace(/\w+\/([^*])/g, "$1").replaceAll("/*", "");
    return types ? ["file_type", { types }] : ["file_kind", {}];
  }
  return [code === "blocked" ? "blocked" : "file_failed", {}];
}

export class Files {
  private readonly pictures = new Map<string, Promise<string>>();
  /** The hub knows us, from now on there is a token. */
  welcome = (): void => undefined;
  private readonly welcomed = new Promise<void>((done) => (this.welcome = done));

  constructor(
    private readonly base: string,
    private readonly token: () => string,
  ) {}

  /** Upload one file, once the hub knows us. Rejects with a Refusal, or if it cannot be reached. */
  async upload(file: File, signal: AbortSignal): Promise<FileView> {
    if (!this.token()) await this.welcomed;
    const name = encodeURIComponent(file.name || "image.png");
    const answer = await fetch(`${this.base}/uploads?name=${name}`, {
      method: "POST",
      body: file,
      headers: { ...this.bearer(), "Content-Type": "application/octet-stream" },
      signal,
    });
    const said: unknown = await answer.json();
    if (!answer.ok) throw said;
    return said as FileView;
  }

  /** An object URL of a picture of this conversation, fetched once. */
  picture(file: FileView): Promise<string> {
    let known = this.pictures.get(file.id);
    if (!known) {
      known = this.fetched(file);
      this.pictures.set(file.id, known);
      known.catch(() => this.pictures.delete(file.id));
    }
    return known;
  }

  /** Keep the page's own copy of a picture it has just uploaded. */
  remember(id: string, file: File): void {
    this.pictures.set(id, Promise.resolve(URL.createObjectURL(file)));
  }

  /** Save a file to the customer's disk. */
  async save(file: FileView): Promise<void> {
    const url = await this.picture(file);
    const link = document.createElement("a");
    link.href = url;
    link.download = file.name;
    link.click();
  }

  private async fetched(file: FileView): Promise<string> {
    const answer = await fetch(`${this.base}/files/${encodeURIComponent(file.id)}`, {
      headers: this.bearer(),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return URL.createObjectURL(await answer.blob());
  }

  private bearer(): Record<string, string> {
    return { Authorization: `Bearer ${this.token()}` };
  }
}

export function isPicture(file: FileView): boolean {
  return /^image\/(png|jpeg|gif|webp)$/.test(file.media_type);
}
