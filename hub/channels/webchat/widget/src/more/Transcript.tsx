/** All that was said, by mail: asks for the address, and tells what became of it. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat } from "../panel/parts/use";
import { moreTexts, type Say } from "./texts";

type Refusal = { code: string; retryAfterS: number };

export function Transcript(): JSX.Element | null {
  const chat = useChat();
  const { wished } = chat;
  const say = moreTexts(chat.texts);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!wished.asking) return;
    input.current?.focus();
    input.current?.form?.scrollIntoView({ block: "nearest" });
  }, [wished.asking]);
  if (!wished.asking) return null;
  if (wished.sentTo) {
    return (
      <div class="card">
        <p class="good" role="status">
          <Icon name="check" />
          {say("transcript_sent", { to: wished.sentTo })}
        </p>
        <div class="row">
          <button type="button" class="quiet" onClick={() => wished.shut()}>
            {say("transcript_close")}
          </button>
        </div>
      </div>
    );
  }
  return (
    <form
      class="card form"
      aria-label={say("transcript_title")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const email = input.current?.value.trim() ?? "";
        if (!wished.waiting) wished.send(email);
      }}
    >
      <p class="card-title">{say("transcript_title")}</p>
      <label>
        <span>{say("transcript_to")}</span>
        <input
          ref={input}
          name="email"
          type="email"
          autocomplete="email"
          maxLength={254}
          required
          aria-invalid={wished.refused?.code === "email.wrong"}
          defaultValue={chat.memory.get("email")}
        />
      </label>
      {wished.refused && (
        <p class="wrong" role="alert">
          {why(say, wished.refused)}
        </p>
      )}
      <div class="row">
        <button type="button" class="quiet" onClick={() => wished.shut()}>
          {say("transcript_close")}
        </button>
        <button type="submit" class="solid" disabled={wished.waiting}>
          {say("transcript_send")}
        </button>
      </div>
    </form>
  );
}

function why(say: Say, { code, retryAfterS }: Refusal): string {
  if (code === "email.wrong") return say("transcript_wrong");
  if (code === "transcript.too_many") {
    return say("transcript_often", { n: Math.max(1, Math.ceil(retryAfterS / 60)) });
  }
  return say(code === "outreach.opted_out" ? "transcript_refused" : "transcript_failed");
}
