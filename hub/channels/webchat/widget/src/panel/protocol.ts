/** The frames of web chat, as `protocol.py` declares them: one union for each direction. */

export interface FileView {
  id: string;
  name: string;
  media_type: string;
  size_bytes: number;
}

export interface Message {
  type: "message";
  seq: number;
  id: string;
  sender: "customer" | "agent";
  text: string;
  at: string;
  author?: string;
  client_id?: string;
  files?: FileView[];
}

/** Nobody who could answer is there; all who could are busy; neither. */
export type Alone = "nobody" | "busy" | "";

export interface Standing {
  state: "idle" | "waiting" | "active" | "ended";
  position: number | null;
  wait_low_s: number | null;
  wait_high_s: number | null;
  open_now: boolean;
  agent: string;
  reminded?: boolean;
  /** It takes so long that a message may be left by mail besides. */
  alone?: Alone;
  call?: Call;
}

/** A call that is to come; given_up: nobody was reached. `number`: its last digits. */
export interface Call {
  state: "waiting" | "queued" | "dialling" | "given_up";
  number: string;
  /** Not before. */
  at?: string;
}

/** When one may be called: from `opens` on (none: from now on), or not before one of `times`. */
export interface CallTimes {
  type: "call_times";
  region: string;
  opens?: string;
  times?: string[];
}

export interface Limits {
  text_characters: number;
  files: number;
  file_bytes: number;
  heartbeat_s: number;
}

export type ServerFrame =
  | Message
  | {
      type: "welcome";
      conversation: string | null;
      last_seq: number;
      standing: Standing;
      limits: Limits;
      token?: string;
      fresh?: boolean;
      name?: string;
      email?: string;
      proved?: string;
      agent_read_seq?: number;
    }
  | { type: "history"; messages: Omit<Message, "type">[]; more: boolean; before_seq?: number }
  | { type: "resync" }
  | { type: "ack"; client_id: string; seq: number; at: string }
  | Nack
  | { type: "typing"; on: boolean; author?: string }
  | { type: "read"; seq: number }
  | {
      type: "queue";
      position?: number;
      wait_low_s?: number;
      wait_high_s?: number;
      open_now?: boolean;
      alone?: Alone;
    }
  | { type: "agent_joined"; name: string }
  | { type: "agent_left" }
  | { type: "reminded" }
  | { type: "ended"; silent?: boolean }
  | { type: "mailed"; to: string }
  | { type: "code_sent"; to: string; good_s: number }
  | { type: "code_wrong"; tries_left: number }
  | { type: "proved"; email: string }
  /** It was proved long ago: a new code proves it anew. */
  | { type: "proof_ended"; email: string }
  | CallTimes
  | { type: "call"; call?: Call }
  | { type: "survey"; contact: string }
  | { type: "problem"; code: string; message: string; retry_after_s?: number }
  | { type: "pong" };

export interface Nack {
  type: "nack";
  client_id: string;
  code: string;
  message: string;
  retry_after_s?: number;
}

export type ClientFrame =
  | {
      type: "hello";
      entry_point: string;
      token?: string;
      last_seq: number;
      language: string;
      name: string;
      email: string;
      identity: string;
      page: string;
      back?: string;
    }
  | { type: "send"; client_id: string; text: string; files: string[]; before?: Before }
  | { type: "typing"; on: boolean }
  | { type: "got"; seq: number }
  | { type: "read"; seq: number }
  | { type: "profile"; name: string; email: string }
  | { type: "older"; before_seq: number }
  | { type: "end" }
  | { type: "survey"; contact: string; score: number; comment: string }
  | { type: "transcript"; email: string }
  | { type: "ask_code"; email: string }
  | { type: "give_code"; code: string }
  | { type: "ask_call_times" }
  | { type: "call_me"; number: string; at?: string }
  | { type: "call_no_more" }
  | { type: "ping" };

/** What the customer did before the chat: words searched, articles read, the newest last. */
export interface Before {
  searched: string[];
  read: string[];
}

/** What `widget.json` says of this entry point. */
export interface Config {
  entry_point: string;
  socket_url: string;
  language: string;
  title: Record<string, string>;
  greeting: Record<string, string>;
  away: Record<string, string>;
  hours: Record<string, string>;
  accent: string;
  side: "start" | "end";
  /** The parent domain whose sites share the chat; "": none. */
  cookie_domain?: string;
  pre_chat: { name: Ask; email: Ask };
  files: boolean;
  max_file_bytes: number;
  /** Media types and kinds ("image/*"); none: all but programs. */
  file_types: string[];
  /** There is something to read before the chat. */
  help: boolean;
  /** What was said can go by mail, and does where nobody is here. */
  mail: boolean;
  /** An address is proved by a code that goes there. */
  codes: boolean;
  /** One may ask to be called: always, or while it is open. */
  calls: "never" | "open" | "always";
  /** What the set-up says instead of a text of the panel, by language. */
  notices?: Record<string, Record<string, string>>;
}

export type Ask = "off" | "optional" | "required";

/** Read a frame; null for what is none (a newer hub may know more frames). */
export function parseFrame(raw: unknown): ServerFrame | null {
  if (typeof raw !== "string") return null;
  try {
    const frame: unknown = JSON.parse(raw);
    if (typeof frame === "object" && frame !== null && "type" in frame) return frame as ServerFrame;
  } catch {
    // A broken frame is as good as none.
  }
  return null;
}
