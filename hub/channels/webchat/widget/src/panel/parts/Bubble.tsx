/** One message, with its files and what became of it. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isPicture } from "../files";
import { linkify } from "../links";
import type { FileView } from "../protocol";
import { Icon, type IconName } from "./icons";
import { initials, useChat } from "./use";

export type Fate = "sending" | "kept" | "sent" | "read" | "failed";

export interface Shown {
  key: string;
  sender: "customer" | "agent";
  author: string;
  text: string;
  at: string;
  files: FileView[];
  continued: boolean;
  last: boolean;
  fate?: Fate;
  why?: string;
}

const FATE_ICON: Record<Fate, IconName> = {
  sending: "clock",
  kept: "clock",
  sent: "check",
  read: "checks",
  failed: "alert",
};

export function Bubble({ shown }: { shown: Shown }): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const mine = shown.sender === "customer";
  const author = mine ? texts.say("you") : shown.author || texts.say("agent");
  const onlyEmoji = isOnlyEmoji(shown.text) && !shown.files.length;
  return (
    <div class={`said ${mine ? "mine" : "theirs"}${shown.continued ? " continued" : ""}`}>
      {!mine && (
        <span class="avatar" aria-hidden="true">
          {shown.continued ? "" : initials(author)}
        </span>
      )}
      <div class="column">
        {!shown.continued && !mine && <span class="author">{author}</span>}
        <span class="hidden">{shown.continued || mine ? `${author}: ` : ""}</span>
        {shown.text && (
          <p class={onlyEmoji ? "bubble emoji" : "bubble"} dir="auto">
            <Text text={shown.text} />
          </p>
        )}
        {shown.files.map((file) => (
          <Attachment key={file.id} file={file} />
        ))}
        {(shown.last || shown.fate === "failed") && <Foot shown={shown} />}
      </div>
    </div>
  );
}

function Foot({ shown }: { shown: Shown }): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  if (shown.fate === "failed") {
    return (
      <span class="foot failed">
        <Icon name="alert" />
        {failure(shown.why, chat)}
        <button type="button" class="link" onClick={() => chat.retry(shown.key)}>
          {texts.say("retry")}
        </button>
        <button type="button" class="link" onClick={() => chat.discard(shown.key)}>
          {texts.say("delete")}
        </button>
      </span>
    );
  }
  return (
    <span class="foot">
      <time dateTime={shown.at}>{texts.time(shown.at)}</time>
      {shown.fate && (
        <span class={`fate ${shown.fate}`}>
          <Icon name={FATE_ICON[shown.fate]} />
          {texts.say(shown.fate)}
        </span>
      )}
    </span>
  );
}

function failure(why: string | undefined, chat: ReturnType<typeof useChat>): string {
  if (why === "too_long") return chat.texts.say("too_long", { n: chat.limits.text_characters });
  if (why === "file_gone") return chat.texts.say("file_gone");
  return chat.texts.say("failed");
}

function Text({ text }: { text: string }): JSX.Element {
  return (
    <>
      {linkify(text).map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}

function Attachment({ file }: { file: FileView }): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const [source, setSource] = useState("");
  const picture = isPicture(file);
  useEffect(() => {
    let gone = false;
    if (picture) {
      chat.files.picture(file).then(
        (url) => gone || setSource(url),
        () => undefined, // the name and the download stay
      );
    }
    return () => {
      gone = true;
    };
  }, [file.id]);
  const save = (): void => {
    chat.files.save(file).catch(() => chat.tell("file_gone"));
  };
  const label = texts.say("download", { name: file.name });
  if (source) {
    return (
      <button type="button" class="picture" aria-label={label} onClick={save}>
        <img src={source} alt={file.name} onError={() => setSource("")} />
      </button>
    );
  }
  return (
    <button type="button" class="file" aria-label={label} onClick={save}>
      <Icon name="file" />
      <span class="file-name">{file.name}</span>
      <span class="file-size">{texts.size(file.size_bytes)}</span>
    </button>
  );
}

function isOnlyEmoji(text: string): boolean {
  return text.length <= 12 && /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]?\s*){1,3}$/u.test(text);
}
