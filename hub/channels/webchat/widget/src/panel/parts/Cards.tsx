/** Questions to the customer, in the flow of the conversation: who are you, where to, how was it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TextKey } from "../texts";
import { Icon } from "./icons";
import { useChat } from "./use";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;

/** Name and address before the first message, as the entry point asks for them. */
export function PreChat(): JSX.Element | null {
  const chat = useChat();
  if (!chat.needsForm) return null;
  const { name, email } = chat.config.pre_chat;
  return (
    <Form
      title={chat.texts.say("before")}
      action={chat.texts.say("start")}
      name={name}
      email={email}
    />
  );
}

/** Nobody is there: what was typed is kept, and one asks where to answer. */
export function Away(): JSX.Element | null {
  const chat = useChat();
  const { texts, standing, config } = chat;
  const [saved, setSaved] = useState(false);
  if (standing.state !== "waiting" || standing.open_now) return null;
  const known = chat.memory.get("email");
  return (
    <div class="card">
      <p>{texts.pick(config.away)}</p>
      {texts.pick(config.hours) && <p class="muted">{texts.pick(config.hours)}</p>}
      {known && (saved || chat.memory.get("name")) ? (
        <p class="good">
          <Icon name="check" />
          {texts.say("saved", { email: known })}
        </p>
      ) : (
        <Form
          title={texts.say("leave_email")}
          action={texts.say("save")}
          name="optional"
          email="required"
          onSaved={() => setSaved(true)}
        />
      )}
    </div>
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
  const { texts } = chat;
  const [wrong, setWrong] = useState("");
  const [shownAt] = useState(Date.now);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const given = (field: string): string => String(data.get(field) ?? "").trim();
    // Filled by a robot: people do not see the one, and are not so fast.
    if (given("website") || Date.now() - shownAt < 500) return;
    if (given("email") && !EMAIL.test(given("email"))) {
      setWrong(texts.say("email_wrong"));
      return;
    }
    chat.saveProfile(given("name"), given("email"));
    onSaved?.();
  };
  const label = (key: TextKey, ask: string): string =>
    ask === "optional" ? `${texts.say(key)} (${texts.say("optional")})` : texts.say(key);
  return (
    <form class="card form" onSubmit={submit} aria-label={title}>
      <p class="card-title">{title}</p>
      {name !== "off" && (
        <label>
          <span>{label("name", name)}</span>
          <input
            name="name"
            autocomplete="name"
            maxLength={200}
            required={name === "required"}
            defaultValue={chat.memory.get("name")}
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
            defaultValue={chat.memory.get("email")}
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

/** How was it: 1 to 5, with a comment, or not at all. */
export function Survey(): JSX.Element | null {
  const chat = useChat();
  const { texts } = chat;
  const [score, setScore] = useState(0);
  const comment = useRef<HTMLTextAreaElement>(null);
  useEffect(() => setScore(0), [chat.survey]);
  if (chat.surveyDone) {
    return (
      <p class="happening good" role="status">
        {texts.say("survey_thanks")}
      </p>
    );
  }
  if (!chat.survey) return null;
  return (
    <form
      class="card survey"
      aria-label={texts.say("survey")}
      onSubmit={(event) => {
        event.preventDefault();
        if (score) chat.rate(score, comment.current?.value.trim() ?? "");
      }}
    >
      <fieldset>
        <legend class="card-title">{texts.say("survey")}</legend>
        <div class="stars">
          {[1, 2, 3, 4, 5].map((value) => (
            <label key={value} class={value <= score ? "star on" : "star"}>
              <input
                type="radio"
                name="score"
                value={value}
                checked={score === value}
                aria-label={texts.say(`survey_${value}` as TextKey)}
                onChange={() => setScore(value)}
              />
              <Icon name="star" filled={value <= score} />
            </label>
          ))}
        </div>
      </fieldset>
      <p class="muted score" aria-hidden="true">
        {score ? texts.say(`survey_${score}` as TextKey) : "\u00a0"}
      </p>
      {score > 0 && (
        <textarea
          ref={comment}
          rows={2}
          maxLength={2000}
          aria-label={texts.say("survey_comment")}
          placeholder={texts.say("survey_comment")}
        />
      )}
      <div class="row">
        <button type="button" class="quiet" onClick={() => chat.rate(0, "")}>
          {texts.say("survey_skip")}
        </button>
        <button type="submit" class="solid" disabled={!score}>
          {texts.say("survey_send")}
        </button>
      </div>
    </form>
  );
}
