/** The place of questions that few chats come to, loaded when the first of them is asked. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./use";

export function MorePlace(): JSX.Element | null {
  const chat = useChat();
  const [more, setMore] = useState<{ Part: FunctionComponent } | null>(null);
  const { state, open_now } = chat.standing;
  const asked = chat.needsForm || (state === "waiting" && !open_now);
  const wanted = asked || chat.survey !== "" || chat.surveyDone || chat.wished.asking;
  useEffect(() => {
    if (!wanted || more) return;
    import("../../more/more").then(
      ({ More }) => setMore({ Part: More }),
      () => {
        chat.wished.shut(); // it cannot be had now: what else there is can
        chat.tell("unavailable");
      },
    );
  }, [wanted, chat.line]); // what could not be had is asked for again
  return more && wanted ? <more.Part /> : null;
}
