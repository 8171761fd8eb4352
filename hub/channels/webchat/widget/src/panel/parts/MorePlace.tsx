/** The place of questions that few chats come to, loaded when the first of them is asked. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./use";

const AGAIN_MS = [1000, 2000, 4000];

export function MorePlace(): JSX.Element | null {
  const chat = useChat();
  const [more, setMore] = useState<{ Part: FunctionComponent } | null>(null);
  const [failed, setFailed] = useState(0);
  const { state, open_now } = chat.standing;
  const asked = chat.needsForm || (state === "waiting" && !open_now);
  const wanted = asked || chat.survey !== "" || chat.surveyDone || chat.wished.asking;
  useEffect(() => {
    if (!wanted || more) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    import("../../more/more").then(
      ({ More }) => setMore({ Part: More }),
      () => {
        if (chat.wished.asking) {
          chat.wished.shut(); // it cannot be had now: what else there is can
          chat.tell("unavailable");
        }
        if (failed < AGAIN_MS.length) timer = setTimeout(() => setFailed(failed + 1), AGAIN_MS[failed]);
        else chat.skipForm(); // rather a chat without a name than none
      },
    );
    return () => clearTimeout(timer);
  }, [wanted, chat.line, failed]); // what could not be had is asked for again
  return more && wanted ? <more.Part /> : null;
}
