/** The customer asks to be called: which number, when; then what became of it, also after a reload. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../panel/chat";
import type { Call as Wished, CallTimes } from "../panel/protocol";
import { useChat, useHandBack } from "../panel/parts/use";
import type { Texts } from "../panel/texts";
import { minutes, useAsking, type Refusal } from "./asking";
import { wishTexts, type Say } from "./texts";

export function Call(): JSX.Element {
  const chat = useChat();
  const { call, wished } = chat;
  const say = wishTexts(chat.texts);
  const [cancelledIn, setCancelledIn] = useState(-1); // the turn, until something is asked for again
  const box = useRef<HTMLDivElement>(null);
  const told = useRef<HTMLParagraphElement>(null);
  const cancelled = cancelledIn === wished.turn;
  const failed = call?.state === "given_up";
  const asks = wished.what === "call" && !cancelled && (!call || failed);
  useHandBack(box);
  const first = useRef(true);
  useLayoutEffect(() => {
    // What was just asked for is told; what was asked for before stands there, and takes no focus.
    if (!asks && !first.current) told.current?.focus();
    first.current = false;
  }, [asks, cancelled]);
  const text = cancelled && !call ? say("call_cancelled") : call && !asks ? stateOf(say, chat, call) : "";
  const cancel = (): void => {
    if (!chat.say({ type: "call_no_more" })) return chat.tell("unavailable");
    wished.ask("call"); // stays, to tell it
    setCancelledIn(wished.turn);
  };
  const shut = (): void => {
    wished.read = failed;
    wished.ask("");
  };
  return (
    <div ref={box} class="card form" role="group" aria-label={say("call_title")}>
      {/* There before its text: only what comes into it is read out. */}
      <p ref={told} role="status" tabIndex={-1} class={text ? "told" : "hidden"}>
        {text}
      </p>
      {asks ? (
        <CallForm onClose={() => wished.ask("")} />
      ) : (
        <div class="row">
          {call && !failed ? (
            <button type="button" class="quiet" onClick={cancel}>
              {say("call_cancel")}
            </button>
          ) : (
            <button type="button" class="quiet" onClick={shut}>
              {say("wish_close")}
            </button>
          )}
          {failed && (
            <button type="button" class="solid" onClick={() => wished.ask("call")}>
              {say("call_again")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function CallForm({ onClose }: { onClose: () => void }): JSX.Element {
  const chat = useChat();
  const { memory, standing, texts, timeline } = chat;
  const say = wishTexts(texts);
  const [times, setTimes] = useState<CallTimes | null>(null);
  const [silent] = useState(() => !timeline.lastSeq && !chat.outbox.all().length);
  const form = useRef<HTMLFormElement>(null);
  const asking = useAsking((frame) => {
    if (frame.type === "call_times") {
      setTimes(frame);
      return true;
    }
    if (frame.type !== "call" || !frame.call) return false;
    onClose();
    return true;
  });
  useLayoutEffect(() => {
    asking.ask({ type: "ask_call_times" });
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("textarea, input, button")?.focus();
  }, [times]);
  const country = times ? countryOf(texts, times.region) : "";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!form.current || !times || asking.waiting) return;
    const given = new FormData(form.current);
    const [about, number, at] = ["about", "number", "at"].map((it) => String(given.get(it) ?? "").trim());
    if (!number) return asking.refuse("number.invalid");
    if (silent && !timeline.lastSeq && !chat.outbox.all().length) {
      if (!about) return asking.refuse("chat.empty");
      chat.send(about, []);
      chat.dropped.dispatchEvent(new Event("taken"));
    }
    asking.ask({ type: "call_me", number, ...(at ? { at } : {}) });
  };
  const why = standing.state === "waiting" || standing.state === "active" ? (`call_why_${standing.state}` as const) : "call_why";
  const refused = asking.refused && (
    <p class="wrong" role="alert">
      {whyNot(say, asking.refused, country)}
    </p>
  );
  return (
    <form ref={form} class="form" noValidate onSubmit={submit} aria-busy={asking.waiting}>
      <p class="card-title">{say("call_title")}</p>
      {times && (
        <>
          <p class="muted">{say(why)}</p>
          {silent && (
            <label>
              <span>{say("call_about")}</span>
              <textarea
                name="about"
                rows={2}
                maxLength={chat.limits.text_characters}
                dir="auto"
                required
                aria-invalid={asking.refused?.code === "chat.empty"}
                defaultValue={memory.get("draft")}
              />
            </label>
          )}
          <label>
            <span>{say("call_number", { country })}</span>
            <input
              name="number"
              type="tel"
              autocomplete="tel"
              maxLength={40}
              dir="ltr"
              required
              aria-invalid={asking.refused?.code.startsWith("number.") ?? false}
            />
          </label>
          <label>
            <span>{say("call_when")}</span>
            <select name="at">
              <option value="">
                {times.opens ? say("call_opens", { when: moment(texts, times.opens) }) : say("call_soon")}
              </option>
              {byDay(texts, times.times ?? []).map(([day, all]) => (
                <optgroup key={day} label={day}>
                  {all.map((at) => (
                    <option key={at} value={at}>
                      {moment(texts, at)}
                    </option>
                  ))}
                </optgroup>
              ))}
            </select>
          </label>
        </>
      )}
      {refused}
      <div class="row">
        <button type="button" class="quiet" onClick={onClose}>
          {say("wish_close")}
        </button>
        {times && (
          <button type="submit" class="solid" aria-disabled={asking.waiting}>
            {say("call_send")}
          </button>
        )}
      </div>
    </form>
  );
}

const moment = (texts: Texts, at: string): string => `${texts.day(at, new Date())} ${texts.time(at)}`;

/** Times under their days, as the customer's own clock has them. */
export function byDay(texts: Pick<Texts, "day">, times: readonly string[], now = new Date()): [string, string[]][] {
  const days = new Map<string, string[]>();
  for (const at of times) {
    const day = texts.day(at, now);
    days.set(day, [...(days.get(day) ?? []), at]);
  }
  return [...days];
}

function countryOf(texts: Texts, region: string): string {
  return new Intl.DisplayNames([texts.language, "en"], { type: "region" }).of(region) ?? region;
}

/** What comes so soon was not agreed for a time: it waits only until nobody talks with them. */
const SOON_MS = 120_000;

export function stateOf(say: Say, chat: Pick<Chat, "standing" | "texts">, call: Wished, nowMs = Date.now()): string {
  const { number } = call;
  if (call.state !== "waiting" || !call.at) return say(call.state === "waiting" ? "call_queued" : `call_${call.state}`, { number });
  if (chat.standing.state === "active" && Date.parse(call.at) - nowMs < SOON_MS) return say("call_after", { number });
  return say("call_waiting", { number, when: moment(chat.texts, call.at) });
}

export function whyNot(say: Say, { code, retryAfterS }: Refusal, country: string): string {
  switch (code) {
    case "number.invalid":
      return say("call_number_wrong");
    case "number.abroad":
      return say("call_number_abroad", { country });
    case "number.ours":
    case "number.costly":
      return say("call_number_no");
    case "callback.pending":
      return say("call_pending");
    case "callback.not_now":
      return say("call_closed");
    case "callback.closed":
      return say("call_time_gone");
    case "callback.off":
      return say("call_off");
    case "chat.empty":
      return say("call_about_empty");
    case "call.too_many":
      return say("call_often", { n: minutes(retryAfterS) });
    default:
      return say("call_failed");
  }
}
