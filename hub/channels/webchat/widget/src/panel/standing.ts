/** What the hub says of where the customer stands, and the lines that tell of what happened. */
import type { Chat } from "./chat";
import type { ServerFrame } from "./protocol";
import { NOBODY, waiting } from "./states";
import type { TextKey } from "./texts";

export function stand(chat: Chat, frame: ServerFrame): void {
  switch (frame.type) {
    case "queue":
      chat.standing = waiting(frame);
      break;
    case "agent_joined":
      chat.standing = { ...NOBODY, state: "active", agent: frame.name };
      happen(chat, "joined", frame.name || chat.texts.say("agent"));
      break;
    case "call":
      chat.call = frame.call ?? null;
      chat.wished.read = false;
      break;
    case "proved":
      chat.proved = frame.email;
      chat.lapsed = "";
      chat.memory.set("email", frame.email);
      break;
    case "proof_ended":
      chat.proved = "";
      chat.lapsed = frame.email;
      break;
    case "agent_left":
      happen(chat, "left");
      break;
    case "reminded":
      happen(chat, "reminded");
      chat.ring();
      break;
    case "ended":
      chat.standing = { ...NOBODY, state: "ended" };
      chat.typing = "";
      ended(chat, frame.silent === true);
      break;
  }
}

/** Where one stands as the page opens, and as whom; the history follows. */
export function welcomed(chat: Chat, frame: ServerFrame & { type: "welcome" }): void {
  const { standing } = frame;
  chat.standing = { ...NOBODY, ...standing };
  chat.call = standing.call ?? null;
  chat.proved = frame.proved ?? "";
  if (standing.state === "active" && standing.reminded) happen(chat, "reminded", "", frame.last_seq);
}

/** The one who was here has signed out: nothing of where they stood is the next one's. */
export function leave(chat: Chat): void {
  chat.standing = NOBODY;
  chat.call = null;
  chat.survey = chat.proved = chat.lapsed = "";
  chat.surveyDone = chat.wished.read = false;
  chat.agentReadSeq = 0;
}

function ended(chat: Chat, silent: boolean): void {
  const email = chat.config.mail ? chat.memory.get("email") : "";
  const comes = chat.call && chat.call.state !== "given_up";
  if (comes && !silent) return; // it says what comes now
  if (!silent) happen(chat, "ended");
  else happen(chat, email ? "silent_mail" : "silent", email);
}

function happen(chat: Chat, key: TextKey, name = "", afterSeq = chat.timeline.lastSeq): void {
  const last = chat.happenings.at(-1);
  if (last?.key === key && last.afterSeq === afterSeq && last.name === name) return;
  chat.happenings = [...chat.happenings, { key, name, afterSeq }];
}
