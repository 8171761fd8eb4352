/** All that was said, by mail: asks for the address, and tells what became of it. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat, useHandBack } from "../panel/parts/use";
import { minutes, useAsking, type Refusal } from "./asking";
import { wishTexts, type Say } from "./texts";

export function Transcript(): JSX.Element {
  const chat = useChat();
  const say = wishTexts(chat.texts);
  const [sentTo, setSentTo] = useState("");
  const box = useRef<HTMLFormElement>(null);
  const asking = useAsking((frame) => {
    if (frame.type !== "mailed") return false;
    setSentTo(frame.to);
    if (!chat.memory.get("email")) chat.memory.set("email", frame.to);
    return true;
  });
  useHandBack(box);
  // At once: what the focus was on goes as this comes.
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLElement>("input, .row button")?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, [sentTo]);
  const close = (
    <button type="button" class="quiet" onClick={() => chat.wished.ask("")}>
      {say("wish_close")}
    </button>
  );
  if (sentTo) {
    return (
      <form ref={box} class="card" aria-label={say("transcript_title")}>
        <p class="good" role="status">
          <Icon name="check" />
          {say("transcript_sent", { to: sentTo })}
        </p>
        <div class="row">{close}</div>
      </form>
    );
  }
  return (
    <form
      ref={box}
      class="card form"
      aria-label={say("transcript_title")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const email = box.current?.querySelector("input")?.value.trim() ?? "";
        if (!asking.waiting) asking.ask({ type: "transcript", email });
      }}
    >
      <p class="card-title">{say("transcript_title")}</p>
      <label>
        <span>{say("transcript_to")}</span>
        <input
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
        <button type="submit" class="solid" aria-disabled={asking.waiting}>
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
