/** One article, read in the chat's window. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat } from "../panel/parts/use";
import { Refused, type Article, type HelpApi, type Hit } from "./api";
import { draw, type Around } from "./blocks";
import { languageName, sameLanguage, type Say } from "./texts";

interface ReadingProps {
  hit: Hit;
  /** The search that found it. */
  search: string;
  api: HelpApi;
  say: Say;
  onBack: () => void;
}

export function Reading({ hit, search, api, say, onBack }: ReadingProps): JSX.Element {
  const [article, setArticle] = useState<Article | null>(null);
  const [fault, setFault] = useState<"help_gone" | "help_failed" | "">("");
  const [tries, setTries] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const stop = new AbortController();
    setFault("");
    api.read(hit.id, search, stop.signal).then(setArticle, (error: unknown) => {
      if (stop.signal.aborted) return;
      setFault(error instanceof Refused && error.status === 404 ? "help_gone" : "help_failed");
    });
    return () => stop.abort();
  }, [hit.id, tries]);
  useEffect(() => heading.current?.focus(), []);

  return (
    <div class="help-scroll">
      <button type="button" class="back" onClick={onBack}>
        <Icon name="close" />
        {say("help_back")}
      </button>
      <article class="article" lang={hit.language} aria-busy={!article && !fault}>
        <h3 ref={heading} tabIndex={-1} dir="auto">
          {article?.title ?? hit.title}
        </h3>
        {article && <Body article={article} api={api} say={say} />}
        {!article && !fault && <div class="bones" aria-hidden="true" />}
      </article>
      <p role="alert">{fault && say(fault)}</p>
      {fault === "help_failed" && (
        <button type="button" class="link" onClick={() => setTries(tries + 1)}>
          {say("help_again")}
        </button>
      )}
      {article && <Helped id={article.id} api={api} say={say} />}
    </div>
  );
}

function Body({ article, api, say }: { article: Article; api: HelpApi; say: Say }): JSX.Element {
  const { texts } = useChat();
  const around: Around = {
    picture: (id, signal) => api.picture(id, signal),
    newTab: say("help_new_tab"),
    missing: (name) => say("help_picture", { name }),
  };
  const other = !sameLanguage(article.language, texts.language);
  return (
    <>
      <p class="muted small" lang={texts.language}>
        {other &&
          `${say("help_other", { language: languageName(article.language, texts.language) })} · `}
        {say("help_updated", { date: texts.date(article.updated) })}
      </p>
      <div class="body" dir="auto">
        {draw(article.body, around)}
      </div>
      {article.page && (
        <p class="small" lang={texts.language}>
          <a href={article.page} target="_blank" rel="noopener noreferrer">
            {say("help_page")}
            <span class="hidden"> ({say("help_new_tab")})</span>
          </a>
        </p>
      )}
    </>
  );
}

/** Said once; the answer is worth a thank-you even where the line has just gone. */
function Helped({ id, api, say }: { id: string; api: HelpApi; say: Say }): JSX.Element {
  const [said, setSaid] = useState(false);
  const yes = (): void => {
    setSaid(true);
    api.helped(id).catch(() => undefined);
  };
  return (
    <div class="helped">
      <p role="status">{say(said ? "help_thanks" : "help_question")}</p>
      {!said && (
        <button type="button" class="outlined" onClick={yes}>
          <Icon name="check" />
          {say("help_yes")}
        </button>
      )}
    </div>
  );
}
