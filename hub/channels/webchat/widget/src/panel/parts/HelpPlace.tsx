/** The place of the help, which is loaded when it is first shown: many chats never need it. */
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./use";

export function HelpPlace(): JSX.Element {
  const chat = useChat();
  const [help, setHelp] = useState<{ Part: FunctionComponent } | null>(null);
  useEffect(() => {
    import("../../help/help").then(
      ({ Help }) => setHelp({ Part: Help }),
      () => chat.help.talk(""), // it cannot be had: the chat can
    );
  }, []);
  return help ? <help.Part key={chat.help.person} /> : <div class="log-place" aria-busy="true" />;
}
