/** Uploads and downloads over HTTP; the visitor's token goes in a header, never in an address. */
import type { FileView } from "./protocol";

export class Files {
  private readonly pictures = new Map<string, Promise<string>>();
  /** The hub knows us, from now on there is a token. */
  welcome = (): void => undefined;
  private readonly welcomed = new Promise<void>((done) => (this.welcome = done));

  constructor(
    private readonly base: string,
    private readonly token: () => string,
  ) {}

  /** Upload one file, once the hub knows us. Rejects if it refuses the file or cannot be reached. */
  async upload(file: File, signal: AbortSignal): Promise<FileView> {
    if (!this.token()) await this.welcomed;
    const name = encodeURIComponent(file.name || "image.png");
    const answer = await fetch(`${this.base}/uploads?name=${name}`, {
      method: "POST",
      body: file,
      headers: { ...this.bearer(), "Content-Type": "application/octet-stream" },
      signal,
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()) as FileView;
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
