/** Who one talks to, and the few things one can do with the chat itself. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { Texts } from "../texts";
import { Icon } from "./icons";
import { initials, mayProve, useChat } from "./use";

export function Header({ onClose }: { onClose: () => void }): JSX.Element {
  const chat = useChat();
  const { texts, standing, config } = chat;
  const active = standing.state === "active";
  const title = texts.pick(config.title);
  return (
    <div class="head">
      <div class="who" aria-hidden="true">
        <span class="avatar big">{initials(active && standing.agent ? standing.agent : title)}</span>
        {active && <span class="dot" />}
      </div>
      <div class="titles">
        <h2>{active && standing.agent ? standing.agent : title}</h2>
        <p>{active && standing.agent ? title : texts.pick(config.hours) || texts.say("replies_soon")}</p>
      </div>
      <Menu />
      <button type="button" class="tool" aria-label={texts.say("close")} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Menu(): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const [open, setOpen] = useState(false);
  const [ending, setEnding] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const canEnd = chat.standing.state === "waiting" || chat.standing.state === "active";

  const shut = (): void => {
    setOpen(false);
    setEnding(false);
    button.current?.focus();
  };
  useLayoutEffect(() => {
    if (open) menu.current?.querySelector("button")?.focus();
  }, [open, ending]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      shut();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(menu.current?.querySelectorAll("button") ?? [])];
    const root = menu.current?.getRootNode() as ShadowRoot;
    const at = items.indexOf(root.activeElement as HTMLButtonElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(at + step + items.length) % items.length]?.focus();
  };
  const other = texts.language === "zh-CN" ? "en" : "zh-CN";

  return (
    <div
      class="menu-place"
      onKeyDown={open ? onKeyDown : undefined}
      ref={place}
      onFocusOut={() => {
        // Later: the question that takes the menu's place takes its focus too.
        setTimeout(() => {
          if (place.current?.matches(":focus-within")) return;
          setOpen(false);
          setEnding(false);
        });
      }}
    >
      <button
        type="button"
        class="tool"
        ref={button}
        aria-label={texts.say("menu")}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => (open ? shut() : setOpen(true))}
      >
        <Icon name="more" filled />
      </button>
      {open && !ending && (
        <div class="menu" role="menu" ref={menu}>
          <button type="button" role="menuitem" onClick={() => chat.toggleSound()}>
            <Icon name={chat.soundOn ? "mute" : "bell"} />
            {texts.say(chat.soundOn ? "sound_off" : "sound_on")}
          </button>
          <button
            type="button"
            role="menuitem"
            lang={other}
            onClick={() => chat.useTexts(Texts.builtIn(other))}
          >
            <span class="icon letter" aria-hidden="true">
              {other === "en" ? "A" : "文"}
            </span>
            {texts.say("language")}
          </button>
          {chat.help.possible && !chat.help.shown && (
            <button type="button" role="menuitem" onClick={() => chat.help.show()}>
              <Icon name="search" />
              {texts.say("help")}
            </button>
          )}
          {chat.config.mail && chat.timeline.lastSeq > 0 && (
            <button
              type="button"
              role="menuitem"
              onClick={() => {
                shut();
                chat.wished.ask("transcript");
              }}
            >
              <Icon name="mail" />
              {texts.say("by_mail")}
            </button>
          )}
          {mayProve(chat) && (
            <button
              type="button"
              role="menuitem"
              onClick={() => {
                shut();
                chat.wished.ask("code");
              }}
            >
              <Icon name="check" />
              {texts.say("prove")}
            </button>
          )}
          {canEnd && (
            <button type="button" role="menuitem" onClick={() => setEnding(true)}>
              <Icon name="cross" />
              {texts.say("end")}
            </button>
          )}
        </div>
      )}
      {open && ending && (
        <div class="menu ask" role="alertdialog" aria-label={texts.say("end_question")} ref={menu}>
          <p>{texts.say("end_question")}</p>
          <div class="row">
            <button type="button" class="quiet" onClick={shut}>
              {texts.say("cancel")}
            </button>
            <button
              type="button"
              class="solid"
              onClick={() => {
                chat.end();
                shut();
              }}
            >
              {texts.say("end_yes")}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}
