/** Where one writes: text that grows, files by picker, paste and drop, emoji. */
import type { FunctionComponent, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { EmojiProps } from "../../emoji/emoji";
import { Icon } from "./icons";
import { useTray, type Attached } from "./tray";
import { useChat, useLate } from "./use";

const load = (): Promise<FunctionComponent<EmojiProps>> => import("../../emoji/emoji").then((it) => it.Emoji);
const MAX_ROWS_PX = 132;

export function Composer({ input }: { input: RefObject<HTMLTextAreaElement | null> }): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const [text, setText] = useState(() => chat.memory.get("draft"));
  const { open, setOpen, show, Part } = useLate(load);
  const picker = useRef<HTMLInputElement>(null);
  const tray = useTray(chat);
  const blocked = chat.needsForm && isRequired(chat.config.pre_chat);
  const full = tray.items.some((item) => !item.file);
  const ready = !blocked && !full && (text.trim() !== "" || tray.items.length > 0);

  useLayoutEffect(() => {
    const it = input.current;
    if (!it) return;
    it.style.height = "auto";
    it.style.height = `${Math.min(it.scrollHeight, MAX_ROWS_PX)}px`;
  }, [text]);
  useEffect(() => chat.memory.set("draft", text), [text]);
  useEffect(() => {
    const empty = (): void => setText("");
    chat.dropped.addEventListener("taken", empty); // it went by another way
    return () => chat.dropped.removeEventListener("taken", empty);
  }, [chat]);

  const write = (value: string): void => {
    setText(value);
    chat.shareTyping(value.trim() !== "");
  };
  const submit = (): void => {
    if (!ready) return;
    chat.send(text.trim(), tray.take());
    setText("");
    setOpen(false);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter belongs to the input method while it composes (229: Safari's way to say so).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !chat.config.files) return;
    event.preventDefault();
    tray.add(files);
  };
  const insert = (emoji: string): void => {
    const it = input.current;
    const at = it?.selectionStart ?? text.length;
    write(text.slice(0, at) + emoji + text.slice(it?.selectionEnd ?? at));
    it?.focus();
    requestAnimationFrame(() => it?.setSelectionRange(at + emoji.length, at + emoji.length));
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (!open || event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation(); // the chat stays
        setOpen(false);
        input.current?.focus();
      }}
    >
      {Part && <Part choose={insert} />}
      {tray.items.length > 0 && (
        <ul class="tray">
          {tray.items.map((item) => (
            <Chip key={item.key} item={item} onRemove={() => tray.remove(item.key)} />
          ))}
        </ul>
      )}
      <div class="field">
        <textarea
          ref={input}
          rows={1}
          value={text}
          dir="auto"
          disabled={blocked}
          aria-label={texts.say("write")}
          placeholder={texts.say("write")}
          maxLength={chat.limits.text_characters}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => chat.shareTyping(false)}
        />
        <div class="tools">
          {chat.config.files && (
            <button
              type="button"
              class="tool"
              aria-label={texts.say("attach")}
              disabled={blocked}
              onClick={() => picker.current?.click()}
            >
              <Icon name="attach" />
            </button>
          )}
          <button
            type="button"
            class="tool"
            aria-label={texts.say("emoji")}
            aria-expanded={open}
            disabled={blocked}
            onClick={() => (open ? setOpen(false) : show())}
          >
            <Icon name="smile" />
          </button>
          <button type="submit" class="go" aria-label={texts.say("send")} disabled={!ready}>
            <Icon name="send" />
          </button>
        </div>
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        accept={chat.config.file_types.join()}
        onChange={(event) => {
          tray.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </form>
  );
}

function isRequired(ask: { name: string; email: string }): boolean {
  return ask.name === "required" || ask.email === "required";
}

function Chip({ item, onRemove }: { item: Attached; onRemove: () => void }): JSX.Element {
  const { texts } = useChat();
  return (
    <li class={item.file ? "chip" : "chip busy"}>
      {item.preview ? <img src={item.preview} alt="" /> : <Icon name="file" />}
      <span class="file-name">{item.name}</span>
      <span class="file-size" role={item.file ? undefined : "status"}>
        {item.file ? texts.size(item.file.size_bytes) : texts.say("uploading")}
      </span>
      <button
        type="button"
        class="tool small"
        aria-label={texts.say("remove", { name: item.name })}
        onClick={onRemove}
      >
        <Icon name="cross" />
      </button>
    </li>
  );
}
