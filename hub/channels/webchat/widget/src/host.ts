/** What loader and panel know of each other: the loader makes a Host, the panel answers a Panel. */

export type HostEvent = "open" | "close" | "message" | "unread";

export interface Host {
  /** Address of the entry point: https://hub.example/channels/shop */
  readonly base: string;
  readonly root: ShadowRoot;
  readonly element: HTMLElement;
  readonly launcher: HTMLElement;
  /** Language asked for by the page: BCP 47. */
  readonly language: string;
  /** "light", "dark" or "" for what the system prefers. */
  readonly theme: string;
  /** From the link in a mail: into which chat the customer returns; "" for none. */
  back: string;
  /** The launcher's badge. */
  showUnread(count: number): void;
  emit(event: HostEvent, detail?: unknown): void;
}

export interface Panel {
  open(): void;
  close(): void;
  readonly isOpen: boolean;
  /** A JWT signed by the site: who its visitor is. */
  identify(jwt: string): void;
  logout(): void;
}

export interface PanelModule {
  mount(host: Host): Promise<Panel>;
}
