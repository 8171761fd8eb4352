/** Questions to the customer, in the flow of the conversation: who are you, where to. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { mayBeCalled, useChat, useHandBack } from "../panel/parts/use";
import { moreTexts, type MoreKey } from "./texts";

/** No person fills a form so fast; a robot that does waits as long. */
const LEAST_MS = 500;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;

/** Name and address before the first message, as the entry point asks for them. */
export function PreChat(): JSX.Element | null {
  const chat = useChat();
  if (!chat.needsForm) return null;
  const { name, email } = chat.config.pre_chat;
  const say = moreTexts(chat.texts);
  return (
    <Form
      title={say("before")}
      action={say("start")}
      name={name}
      email={email}
    />
  );
}

/** Nobody is there, or it takes long: what was typed is kept, and one asks where to answer. */
export function Away(): JSX.Element | null {
  const chat = useChat();
  const { texts, standing, config } = chat;
  const [saved, setSaved] = useState(false);
  const long = standing.open_now && standing.alone;
  if (standing.state !== "waiting" || (standing.open_now && !long)) return null;
  const say = moreTexts(texts);
  const known = chat.memory.get("email");
  return (
    <div class="card">
      <p role={long ? "status" : undefined}>
        {long ? say(`long_${long}`) : texts.pick(config.away)}
      </p>
      {!long && texts.pick(config.hours) && <p class="muted">{texts.pick(config.hours)}</p>}
      {known && (saved || chat.memory.get("name")) ? (
        <p class="good">
          <Icon name="check" />
          {say(long ? "saved_wait" : "saved", { email: known })}
        </p>
      ) : (
        <Form
          title={say("leave_email")}
          action={say("save")}
          name="optional"
          email="required"
          onSaved={() => setSaved(true)}
        />
      )}
      {!standing.open_now && mayBeCalled(chat) && !chat.wished.taker && <CallInstead />}
    </div>
  );
}

/** Rather by telephone: the question for the number takes its focus. */
function CallInstead(): JSX.Element {
  const chat = useChat();
  const box = useRef<HTMLParagraphElement>(null);
  useHandBack(box);
  return (
    <p ref={box} class="muted">
      <button type="button" class="link" onClick={() => chat.wished.ask("call")}>
        {chat.texts.say("call_me")}
      </button>
    </p>
  );
}

interface FormProps {
  title: string;
  action: string;
  name: "off" | "optional" | "required";
  email: "off" | "optional" | "required";
  onSaved?: () => void;
}

function Form({ title, action, name, email, onSaved }: FormProps): JSX.Element {
  const chat = useChat();
  const say = moreTexts(chat.texts);
  const [wrong, setWrong] = useState("");
  const [shownAt] = useState(Date.now);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // It came after the window was opened: the focus is its own, unless it went elsewhere meanwhile.
    const { root } = chat.host;
    const here = [null, document.body, root.host].includes(document.activeElement as HTMLElement);
    const inside = root.activeElement?.closest(".window");
    if (chat.isOpen && here && !inside) form.current?.querySelector("input")?.focus();
  }, []);
  useHandBack(form);
  const { memory } = chat;
  // Whatever takes the form away (somebody answers): what was typed is there when it comes again.
  const keep = ({ currentTarget: field }: { currentTarget: HTMLInputElement }): void =>
    memory.set(`typed_${field.name as "name" | "email"}`, field.value);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const early = LEAST_MS - (Date.now() - shownAt);
    setTimeout(save, Math.max(0, early));
  };
  const save = (): void => {
    if (!form.current) return;
    const data = new FormData(form.current);
    const given = (field: string): string => String(data.get(field) ?? "").trim();
    if (given("website")) return; // filled by a robot: people cannot see it
    if (given("email") && !EMAIL.test(given("email"))) {
      setWrong(say("email_wrong"));
      return;
    }
    for (const typed of ["typed_name", "typed_email"] as const) memory.set(typed, "");
    chat.saveProfile(given("name"), given("email"));
    onSaved?.();
  };
  const label = (key: MoreKey, ask: string): string =>
    ask === "optional" ? say(key) + say("optional") : say(key);
  return (
    <form ref={form} class="card form" onSubmit={submit} aria-label={title}>
      <p class="card-title">{title}</p>
      {name !== "off" && (
        <label>
          <span>{label("name", name)}</span>
          <input
            name="name"
            autocomplete="name"
            maxLength={200}
            required={name === "required"}
            defaultValue={memory.get("typed_name") || memory.get("name")}
            onInput={keep}
          />
        </label>
      )}
      {email !== "off" && (
        <label>
          <span>{label("email", email)}</span>
          <input
            name="email"
            type="email"
            autocomplete="email"
            maxLength={254}
            required={email === "required"}
            aria-invalid={wrong !== ""}
            defaultValue={memory.get("typed_email") || memory.get("email")}
            onInput={keep}
          />
        </label>
      )}
      <input class="trap" name="website" tabIndex={-1} autocomplete="off" aria-hidden="true" />
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <button type="submit" class="solid">
        {action}
      </button>
    </form>
  );
}
