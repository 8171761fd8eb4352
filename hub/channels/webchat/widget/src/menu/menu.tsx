/** The few things one can do with the chat itself. */
export { chime } from "./sound";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { mayBeCalled, mayProve, useChat } from "../panel/parts/use";
import { sayOf, Texts } from "../panel/texts";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export interface MenuProps {
  /** Close it: the focus goes back to its button. */
  shut: () => void;
}

export function Menu({ shut }: MenuProps): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const say = sayOf(texts, { en, "zh-CN": zh });
  const [ending, setEnding] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const canEnd = chat.standing.state === "waiting" || chat.standing.state === "active";

  useLayoutEffect(() => menu.current?.querySelector("button")?.focus(), [ending]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = items.indexOf(chat.host.root.activeElement as HTMLButtonElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(at + step + items.length) % items.length]?.focus();
  };
  const other = texts.language === "zh-CN" ? "en" : "zh-CN";

  return (
    <>
      {!ending && (
        <div class="menu" role="menu" ref={menu} onKeyDown={onKeyDown}>
          <button type="button" role="menuitem" onClick={() => chat.toggleSound()}>
            <Icon name={chat.soundOn ? "mute" : "bell"} />
            {say(chat.soundOn ? "sound_off" : "sound_on")}
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
            {say("language")}
          </button>
          {chat.help.possible && !chat.help.shown && (
            <button type="button" role="menuitem" onClick={() => chat.help.show()}>
              <Icon name="search" />
              {say("help")}
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
              {say("by_mail")}
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
              {say("prove")}
            </button>
          )}
          {mayBeCalled(chat) && (
            <button
              type="button"
              role="menuitem"
              onClick={() => {
                shut();
                chat.wished.ask("call");
              }}
            >
              <Icon name="phone" />
              {texts.say("call_me")}
            </button>
          )}
          {canEnd && (
            <button type="button" role="menuitem" onClick={() => setEnding(true)}>
              <Icon name="cross" />
              {say("end")}
            </button>
          )}
        </div>
      )}
      {ending && (
        <div class="menu ask" role="alertdialog" aria-label={say("end_question")} ref={menu}>
          <p>{say("end_question")}</p>
          <div class="row">
            <button type="button" class="quiet" onClick={shut}>
              {say("cancel")}
            </button>
            <button
              type="button"
              class="solid"
              onClick={() => {
                chat.end();
                shut();
              }}
            >
              {say("end_yes")}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
