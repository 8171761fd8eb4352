/** The place of questions that few chats come to, loaded when the first of them is asked. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./use";

type Load = () => Promise<FunctionComponent>;

const more: Load = () => import("../../more/more").then((it) => it.More);
const wishes: Load = () => import("../../wishes/wishes").then((it) => it.Wishes);

export function MorePlace(): JSX.Element {
  const { needsForm, standing, survey, surveyDone, wished } = useChat();
  const away = standing.state === "waiting" && !!(!standing.open_now || standing.alone);
  return (
    <>
      <Late wanted={needsForm || away || survey !== "" || surveyDone} load={more} />
      <Late wanted={wished.what !== "" || wished.tells} load={wishes} />
    </>
  );
}

function Late({ wanted, load }: { wanted: boolean; load: Load }): JSX.Element | null {
  const chat = useChat();
  const [late, setLate] = useState<{ Part: FunctionComponent } | null>(null);
  const [failed, setFailed] = useState(0);
  useEffect(() => {
    if (!wanted || late) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    load().then(
      (Part) => setLate({ Part }),
      () => {
        if (load === wishes) {
          chat.wished.ask(""); // it cannot be had now: what else there is can
          chat.tell("part_failed");
        } else if (failed < 3) timer = setTimeout(() => setFailed(failed + 1), 1000 << failed);
        else {
          chat.formless = true; // rather a chat without a name than none
          chat.changed();
        }
      },
    );
    return () => clearTimeout(timer);
  }, [wanted, chat.line, failed]); // what could not be had is asked for again
  return late && wanted ? <late.Part /> : null;
}
