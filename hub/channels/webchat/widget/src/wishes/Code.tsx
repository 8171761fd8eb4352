/** The customer shows that a mailbox is theirs: a code goes there, and is typed here. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat, useHandBack } from "../panel/parts/use";
import { minutes, useAsking, type Refusal } from "./asking";
import { wishTexts, type Say } from "./texts";

const AGAIN_MS = 30_000;

/** Only the digits of what was typed or pasted, also full-width ones. */
export const digitsOf = (typed: string): string =>
  typed.normalize("NFKC").replace(/\D/g, "").slice(0, 6);

/** Where a code was sent and until when it is good, kept over a reload; null: nowhere. */
export function keptCode(kept: string, nowMs: number): string | null {
  const [until, ...to] = kept.split(" ");
  return Number(until) > nowMs && to.length ? to.join(" ") : null;
}

export function Code(): JSX.Element {
  const chat = useChat();
  const { memory } = chat;
  const say = wishTexts(chat.texts);
  const [sentTo, setSentTo] = useState(() => keptCode(memory.get("code"), Date.now()) ?? "");
  const [other, setOther] = useState(false);
  const [sentAt, setSentAt] = useState(0);
  const [again, setAgain] = useState(false);
  const asking = useAsking((frame) => {
    switch (frame.type) {
      case "code_sent":
        memory.set("code", `${Date.now() + frame.good_s * 1000} ${frame.to}`);
        setSentTo(frame.to);
        setSentAt(Date.now());
        setAgain(sentTo === frame.to);
        return true;
      case "code_wrong":
        asking.refuse(frame.tries_left ? "wrong" : "spent", frame.tries_left);
        return false;
      case "proved":
        memory.set("code", "");
        setSentTo("");
        setOther(false);
        return true;
      default:
        return false;
    }
  });
  const box = useRef<HTMLFormElement>(null);
  const done = chat.proved !== "" && !sentTo && !other;
  useHandBack(box);
  // At once: what the focus was on goes as this comes.
  useLayoutEffect(() => {
    const first = box.current?.querySelector<HTMLElement>("input, .row button");
    first?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, [sentTo, other, done]);
  const shut = (): void => {
    memory.set("code", "");
    chat.wished.ask("");
  };
  const close = (
    <button type="button" class="quiet" onClick={shut}>
      {say("wish_close")}
    </button>
  );
  const another = (
    <button
      type="button"
      class="link"
      onClick={() => {
        memory.set("code", "");
        setSentTo("");
        setOther(true);
      }}
    >
      {say("code_other")}
    </button>
  );
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = box.current?.querySelector("input")?.value.trim() ?? "";
    if (asking.waiting) return;
    if (!sentTo) asking.ask({ type: "ask_code", email: given });
    else if (given.length < 6) asking.refuse("short");
    else asking.ask({ type: "give_code", code: given });
  };
  return (
    <form ref={box} class="card form" aria-label={say("code_title")} noValidate onSubmit={submit}>
      {done ? (
        <>
          <p class="good" role="status">
            <Icon name="check" />
            {say("code_proved", { email: chat.proved })}
          </p>
          <p class="muted">
            {another} ·{" "}
            <button type="button" class="link" onClick={() => chat.logout()}>
              {say("code_leave")}
            </button>
          </p>
          <div class="row">{close}</div>
        </>
      ) : (
        <>
          <p class="card-title">{say("code_title")}</p>
          {sentTo ? (
            <Given sentTo={sentTo} sentAt={sentAt} again={again} wrong={!!asking.refused} />
          ) : (
            <Address wrong={asking.refused?.code === "email.wrong"} />
          )}
          {asking.refused && (
            <p class="wrong" role="alert">
              {why(say, asking.refused)}
            </p>
          )}
          {sentTo && (
            <p class="muted">
              <Again
                sentAt={sentAt}
                waiting={asking.waiting}
                onAsk={() => asking.ask({ type: "ask_code", email: sentTo })}
              />{" "}
              ·{" "}
              {another}
            </p>
          )}
          <div class="row">
            {close}
            <button type="submit" class="solid" aria-disabled={asking.waiting}>
              {say(sentTo ? "code_confirm" : "code_send")}
            </button>
          </div>
        </>
      )}
    </form>
  );
}

function Address({ wrong }: { wrong: boolean }): JSX.Element {
  const chat = useChat();
  const say = wishTexts(chat.texts);
  return (
    <>
      <p class="muted">
        {chat.lapsed ? say("code_lapsed", { email: chat.lapsed }) : say("code_why")}
      </p>
      <label>
        <span>{say("code_to")}</span>
        <input
          key="email"
          name="email"
          type="email"
          autocomplete="email"
          maxLength={254}
          required
          aria-invalid={wrong}
          defaultValue={chat.memory.get("email")}
        />
      </label>
    </>
  );
}

interface GivenProps {
  sentTo: string;
  sentAt: number;
  again: boolean;
  wrong: boolean;
}

function Given({ sentTo, sentAt, again, wrong }: GivenProps): JSX.Element {
  const say = wishTexts(useChat().texts);
  return (
    <>
      <p class="muted" role="status">
        {/* Anew with each code: what only stays as it is would not be read out. */}
        <span key={sentAt}>{say(again ? "code_resent" : "code_sent", { to: sentTo })}</span>
      </p>
      <label>
        <span>{say("code_type")}</span>
        <input
          key="code"
          name="code"
          inputMode="numeric"
          autocomplete="one-time-code"
          dir="ltr"
          required
          aria-invalid={wrong}
          onInput={(event) => {
            const field = event.currentTarget;
            const digits = digitsOf(field.value);
            if (!(event as InputEvent).isComposing && field.value !== digits) field.value = digits;
          }}
        />
      </label>
    </>
  );
}

interface AgainProps {
  sentAt: number;
  waiting: boolean;
  onAsk: () => void;
}

/** Another code, not at once: the first may be on its way. The button stays one, with its focus. */
function Again({ sentAt, waiting, onAsk }: AgainProps): JSX.Element {
  const say = wishTexts(useChat().texts);
  const [early, setEarly] = useState(false);
  useEffect(() => {
    const left = sentAt + AGAIN_MS - Date.now();
    setEarly(left > 0);
    const timer = setTimeout(() => setEarly(false), left);
    return () => clearTimeout(timer);
  }, [sentAt]);
  const off = early || waiting;
  return (
    <button type="button" class="link" aria-disabled={off} onClick={() => off || onAsk()}>
      {say("code_again")}
    </button>
  );
}

function why(say: Say, { code, retryAfterS }: Refusal): string {
  switch (code) {
    case "email.wrong":
      return say("email_incomplete");
    case "wrong":
      return say("code_wrong", { n: retryAfterS });
    case "spent":
      return say("code_spent");
    case "short":
      return say("code_short");
    case "code.too_many":
      return say("code_often", { n: minutes(retryAfterS) });
    default:
      return say("code_failed");
  }
}
