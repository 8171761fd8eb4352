/** The question after a chat. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat, useHandBack } from "../panel/parts/use";
import { moreTexts, type MoreKey } from "./texts";

/** How was it: 1 to 5, with a comment, or not at all; then thanks for it. */
export function Survey(): JSX.Element {
  const { survey, surveyDone, texts } = useChat();
  const thanks = useRef<HTMLParagraphElement>(null);
  const before = useRef(surveyDone);
  useLayoutEffect(() => {
    // Whoever just rated goes on from here: what they pressed is gone.
    if (surveyDone && !before.current) thanks.current?.focus();
    before.current = surveyDone;
  }, [surveyDone]);
  return (
    <>
      {/* There before its text: only what comes into it is read out. */}
      <p ref={thanks} class={surveyDone ? "happening good" : "hidden"} role="status" tabIndex={-1}>
        {surveyDone && moreTexts(texts)("survey_thanks")}
      </p>
      {survey && <Question key={survey} />}
    </>
  );
}

function Question(): JSX.Element {
  const chat = useChat();
  const say = moreTexts(chat.texts);
  const [score, setScore] = useState(0);
  const comment = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLFormElement>(null);
  useHandBack(box);
  return (
    <form
      ref={box}
      class="card survey"
      aria-label={say("survey")}
      onSubmit={(event) => {
        event.preventDefault();
        if (score) chat.rate(score, comment.current?.value.trim() ?? "");
      }}
    >
      <fieldset>
        <legend class="card-title">{say("survey")}</legend>
        <div class="stars">
          {[1, 2, 3, 4, 5].map((value) => (
            <label key={value} class={value <= score ? "star on" : "star"}>
              <input
                type="radio"
                name="score"
                value={value}
                checked={score === value}
                aria-label={say(`survey_${value}` as MoreKey)}
                onChange={() => setScore(value)}
              />
              <Icon name="star" filled={value <= score} />
            </label>
          ))}
        </div>
      </fieldset>
      <p class="muted score" aria-hidden="true">
        {score ? say(`survey_${score}` as MoreKey) : "\u00a0"}
      </p>
      {score > 0 && (
        <textarea
          ref={comment}
          rows={2}
          maxLength={2000}
          aria-label={say("survey_comment")}
          placeholder={say("survey_comment")}
        />
      )}
      <div class="row">
        <button type="button" class="quiet" onClick={() => chat.rate(0, "")}>
          {say("survey_skip")}
        </button>
        <button type="submit" class="solid" disabled={!score}>
          {say("survey_send")}
        </button>
      </div>
    </form>
  );
}
