/** The help's part of the hub, over HTTP: no token, nobody is known yet. */

export interface Hit {
  id: string;
  title: string;
  excerpt: string;
  language: string;
}

export interface Found {
  /** Named by what follows: the words typed on, the article opened. */
  search: string;
  articles: Hit[];
}

/** A text, or [tag, children, where it leads, what it shows]. */
export type Block = string | [tag: string, children: Block[], about: string, text: string];

export interface Article {
  id: string;
  title: string;
  language: string;
  updated: string;
  page: string;
  body: Block[];
}

/** The hub refused: `status` as in HTTP, `retryS` where it said how long to wait. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly retryS: number,
  ) {
    super(String(status));
  }
}

export class HelpApi {
  constructor(private readonly base: string) {}

  find(words: string, language: string, search: string, signal: AbortSignal): Promise<Found> {
    const asked = new URLSearchParams({ q: words, language, search });
    return this.json(`?${asked}`, signal);
  }

  read(id: string, search: string, signal: AbortSignal): Promise<Article> {
    const asked = new URLSearchParams({ search });
    return this.json(`/articles/${encodeURIComponent(id)}?${asked}`, signal);
  }

  async helped(id: string): Promise<void> {
    await this.answer(`/articles/${encodeURIComponent(id)}/helped`, { method: "POST" });
  }

  async picture(id: string, signal: AbortSignal): Promise<Blob> {
    return (await this.answer(`/files/${encodeURIComponent(id)}`, { signal })).blob();
  }

  private async json<T>(path: string, signal: AbortSignal): Promise<T> {
    return (await (await this.answer(path, { signal })).json()) as T;
  }

  private async answer(path: string, options: RequestInit): Promise<Response> {
    const answer = await fetch(`${this.base}/help${path}`, options);
    if (answer.ok) return answer;
    throw new Refused(answer.status, Number(answer.headers.get("Retry-After")) || 0);
  }
}
