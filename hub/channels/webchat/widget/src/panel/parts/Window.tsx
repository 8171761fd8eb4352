/** The chat window: header, status, conversation, composer; opens, closes, takes dropped files. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { Composer } from "./Composer";
import { HelpPlace } from "./HelpPlace";
import { Header } from "./Header";
import { Log } from "./Log";
import { ConnectionBar, Notice, QueueLine } from "./Status";
import { ChatContext, useChanges } from "./use";

export function Window({ chat, onClose }: { chat: Chat; onClose: () => void }): JSX.Element {
  useChanges(chat);
  const input = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLElement>(null);
  const [dragging, setDragging] = useState(false);
  const { texts } = chat;
  const helping = chat.help.shown;

  useEffect(() => {
    if (!chat.isOpen) return;
    const first = box.current?.querySelector<HTMLElement>(".form input:not(.trap), .seek input");
    (first ?? input.current)?.focus();
  }, [chat.isOpen, helping]);

  const hasFiles = (event: DragEvent): boolean =>
    chat.config.files && (event.dataTransfer?.types.includes("Files") ?? false);

  return (
    <ChatContext.Provider value={chat}>
      <section
        ref={box}
        class={chat.isOpen ? "window open" : "window"}
        role="dialog"
        aria-label={texts.pick(chat.config.title)}
        lang={texts.language}
        dir={texts.direction}
        inert={!chat.isOpen}
        onKeyDown={(event) => {
          if (event.key === "Escape" && !event.isComposing) onClose();
        }}
        onDragOver={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setDragging(true);
        }}
        onDragLeave={(event) => {
          if (!box.current?.contains(event.relatedTarget as Node)) setDragging(false);
        }}
        onDrop={(event) => {
          setDragging(false);
          if (!hasFiles(event)) return;
          event.preventDefault();
          chat.drop([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <Header onClose={onClose} />
        <ConnectionBar />
        <QueueLine />
        {helping ? (
          <HelpPlace />
        ) : (
          <>
            <Log />
            <Notice />
            <Composer input={input} />
          </>
        )}
        {dragging && (
          <div class="drop" aria-hidden="true">
            {texts.say("drop")}
          </div>
        )}
      </section>
    </ChatContext.Provider>
  );
}
