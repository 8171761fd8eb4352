/** Who one talks to, and the few things one can do with the chat itself. */
import { useRef } from "preact/hooks";
import type { FunctionComponent, JSX } from "preact";
import type { MenuProps } from "../../menu/menu";
import { Icon } from "./icons";
import { initials, useChat, useLate } from "./use";

const load = (): Promise<FunctionComponent<MenuProps>> => import("../../menu/menu").then((it) => it.Menu);

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

/** The button is here, what it opens comes when it is first wanted. */
function Menu(): JSX.Element {
  const chat = useChat();
  const { open, setOpen, show, Part } = useLate(load);
  const button = useRef<HTMLButtonElement>(null);
  const place = useRef<HTMLDivElement>(null);

  const shut = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div
      class="menu-place"
      ref={place}
      onKeyDown={(event) => {
        if (!open || event.key !== "Escape") return;
        event.stopPropagation();
        shut();
      }}
      onFocusOut={() => {
        // Later: the question that takes the menu's place takes its focus too.
        setTimeout(() => place.current?.matches(":focus-within") || setOpen(false));
      }}
    >
      <button
        type="button"
        class="tool"
        ref={button}
        aria-label={chat.texts.say("menu")}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerEnter={() => load().catch(() => undefined)}
        onClick={() => (open ? shut() : show())}
      >
        <Icon name="more" filled />
      </button>
      {Part && <Part shut={shut} />}
    </div>
  );
}
