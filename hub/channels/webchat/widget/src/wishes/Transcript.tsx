/** All that was said, by mail: asks for the address, and tells what became of it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat } from "../panel/parts/use";
import { minutes, useAsking, type Refusal } from "./asking";
import { wishTexts, type Say } from "./texts";

export function Transcript(): JSX.Element {
  const chat = useChat();
  const say = wishTexts(chat.texts);
  const [sentTo, setSentTo] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const asking = useAsking((frame) => {
    if (frame.type !== "mailed") return false;
    setSentTo(frame.to);
    if (!chat.memory.get("email")) chat.memory.set("email", frame.to);
    return true;
  });
  useEffect(() => {
    input.current?.focus();
    input.current?.form?.scrollIntoView({ block: "nearest" });
  }, []);
  const close = (
    <button type="button" class="quiet" onClick={() => chat.wished.ask("")}>
      {say("wish_close")}
    </button>
  );
  if (sentTo) {
    return (
      <div class="card">
        <p class="good" role="status">
          <Icon name="check" />
          {say("transcript_sent", { to: sentTo })}
        </p>
        <div class="row">{close}</div>
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
        if (!asking.waiting) asking.ask({ type: "transcript", email });
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
          aria-invalid={asking.refused?.code === "email.wrong"}
          defaultValue={chat.memory.get("email")}
        />
      </label>
      {asking.refused && (
        <p class="wrong" role="alert">
          {why(say, asking.refused)}
        </p>
      )}
      <div class="row">
        {close}
        <button type="submit" class="solid" disabled={asking.waiting}>
          {say("transcript_send")}
        </button>
      </div>
    </form>
  );
}

function why(say: Say, { code, retryAfterS }: Refusal): string {
  if (code === "email.wrong") return say("email_incomplete");
  if (code === "transcript.too_many") return say("transcript_often", { n: minutes(retryAfterS) });
  return say(code === "outreach.opted_out" ? "transcript_refused" : "transcript_failed");
}
