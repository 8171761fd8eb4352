/** The lines above the messages: is there a connection, and where does one stand in the queue. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { Icon } from "./icons";
import type { TextKey } from "../texts";
import type { Wish } from "../wished";
import { mayBeCalled, mayProve, useChat, useHandBack } from "./use";

const PATIENCE_MS = 1_500; // a short break is nobody's business

export function ConnectionBar(): JSX.Element | null {
  const chat = useChat();
  const down = chat.blocked || chat.line === "offline" || chat.line === "refused";
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!down) return undefined;
    const timer = setTimeout(() => setLate(true), chat.line === "offline" ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [down]);
  const shown = late && down;
  return (
    <div class={shown ? "bar shown" : "bar"} role="status">
      {shown && (
        <>
          <Icon name="alert" />
          <span>{lineText(chat)}</span>
          {chat.line === "offline" && (
            <button type="button" class="link" onClick={() => chat.reconnect()}>
              {chat.texts.say("retry_now")}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function lineText(chat: Chat): string {
  if (chat.blocked) return chat.texts.say("blocked");
  if (chat.line === "refused") return chat.texts.say("refused");
  if (!navigator.onLine) return chat.texts.say("offline");
  return chat.texts.say(chat.failedAttempts > 2 ? "unreachable" : "reconnecting");
}

export function QueueLine(): JSX.Element {
  const chat = useChat();
  const { standing, texts } = chat;
  const waiting = standing.state === "waiting" && standing.open_now;
  const wait = texts.wait(standing.wait_low_s, standing.wait_high_s);
  return (
    <div class={waiting ? "queue shown" : "queue"}>
      <div role="status">
        {waiting && (
          <>
            <span class="pulse" aria-hidden="true" />
            <strong>
              {standing.position === null
                ? texts.say("waiting")
                : standing.position <= 1
                  ? texts.say("queue_next")
                  : texts.say("queue_place", { n: standing.position })}
            </strong>
            {wait && <span class="wait">{wait}</span>}
          </>
        )}
      </div>
      {/* Until the question is there, which takes its focus. */}
      {waiting && mayProve(chat) && !chat.proved && !chat.wished.taker && <Ask what="code" says="known" />}
      {waiting && mayBeCalled(chat) && !chat.wished.taker && <Ask what="call" says="call_me" />}
    </div>
  );
}

/** Beside the status: each new place in the queue would be read out with it. */
function Ask({ what, says }: { what: Wish; says: TextKey }): JSX.Element {
  const chat = useChat();
  const box = useRef<HTMLButtonElement>(null);
  useHandBack(box);
  return (
    <button type="button" class="link" ref={box} onClick={() => chat.wished.ask(what)}>
      {chat.texts.say(says)}
    </button>
  );
}

export function Notice(): JSX.Element {
  const { notice, texts } = useChat();
  return (
    <div class="notice" role="alert">
      {notice && <p>{texts.say(notice.key, notice.values)}</p>}
    </div>
  );
}
