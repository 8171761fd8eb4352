/** The help before the chat: search, articles, and the way to somebody who answers. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Icon } from "../panel/parts/icons";
import { useChat } from "../panel/parts/use";
import { HelpApi, type Hit } from "./api";
import { Reading } from "./Reading";
import css from "./help.css?inline";
import { Search } from "./search";
import { helpTexts, languageName, sameLanguage, type Say } from "./texts";

const MAX_WORDS = 200; // as the hub takes
let sheet: CSSStyleSheet | undefined;

export function Help(): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const say = helpTexts(texts);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [words, setWords] = useState("");
  const [reading, setReading] = useState<Hit | null>(null);
  const opened = useRef("");
  const list = useRef<HTMLDivElement>(null);
  const language = useRef(texts.language);
  language.current = texts.language;

  const api = useMemo(() => new HelpApi(chat.host.base), [chat]);
  const search = useMemo(
    () =>
      new Search(
        (asked, id, signal) => api.find(asked, language.current, id, signal),
        () => redraw(undefined),
        (asked) => chat.help.noteSearch(asked),
      ),
    [api],
  );
  useLayoutEffect(() => dress(chat.host.root), [chat]);
  useEffect(() => {
    if (chat.isOpen) search.now();
  }, [search, texts.language, chat.isOpen]);
  useEffect(() => () => search.stop(), [search]);
  // It was loaded after the window had opened.
  useEffect(() => {
    if (chat.isOpen) list.current?.querySelector("input")?.focus();
  }, []);
  // Back from an article: to the line it was opened from.
  useEffect(() => {
    if (reading || !opened.current) return;
    list.current?.querySelector<HTMLElement>(`[data-id="${opened.current}"]`)?.focus();
    opened.current = "";
  }, [reading]);

  const empty = (): void => {
    setWords("");
    search.type("");
    list.current?.querySelector("input")?.focus();
  };
  /** What is typed counts, also where it has not been answered yet. */
  const noteTyped = (): void => {
    if (words.trim()) chat.help.noteSearch(words.trim().replace(/\s+/g, " "));
  };
  const talk = (): void => {
    noteTyped();
    chat.help.talk(words.trim());
  };
  const open = (hit: Hit): void => {
    opened.current = hit.id;
    noteTyped();
    chat.help.noteRead(hit.id);
    setReading(hit);
  };

  return (
    <div class="help">
      {reading && (
        <Reading
          key={reading.id}
          hit={reading}
          search={search.id}
          api={api}
          say={say}
          onBack={() => setReading(null)}
        />
      )}
      <div class="help-scroll" ref={list} hidden={reading !== null}>
        <p class="help-greeting">{texts.pick(chat.config.greeting)}</p>
        <form
          class="seek"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            search.type(words);
            search.now();
          }}
        >
          <Icon name="search" />
          <input
            type="search"
            enterkeyhint="search"
            autocomplete="off"
            dir="auto"
            maxLength={MAX_WORDS}
            value={words}
            aria-label={say("help_search")}
            placeholder={say("help_hint")}
            onInput={(event) => {
              setWords(event.currentTarget.value);
              search.type(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Escape" && words && !event.isComposing) {
                event.stopPropagation(); // first it empties the field, then it closes the chat
                empty();
              } else walk(event, list.current);
            }}
          />
          {words && (
            <button
              type="button"
              class="tool small"
              aria-label={say("help_clear")}
              onClick={empty}
            >
              <Icon name="cross" />
            </button>
          )}
        </form>
        <Results search={search} say={say} onOpen={open} />
      </div>
      <div class="help-foot">
        <button type="button" class="solid" onClick={talk}>
          {say("help_talk")}
        </button>
      </div>
    </div>
  );
}

interface ResultsProps {
  search: Search;
  say: Say;
  onOpen: (hit: Hit) => void;
}

function Results({ search, say, onOpen }: ResultsProps): JSX.Element {
  const { texts } = useChat();
  const { step, hits, answered } = search;
  const first = step === "busy" && !hits.length && !answered;
  return (
    <div class="results" aria-busy={step === "busy"}>
      <p class="results-title" role="status">
        {told(search, say)}
      </p>
      {step === "failed" && (
        <button type="button" class="link" onClick={() => search.now()}>
          {say("help_again")}
        </button>
      )}
      {first && <div class="bones" aria-hidden="true" />}
      {step !== "failed" && hits.length > 0 && (
        <ul class={step === "done" ? "" : "stale"}>
          {hits.map((hit) => (
            <li key={hit.id}>
              <button
                type="button"
                class="hit"
                data-id={hit.id}
                lang={hit.language}
                onClick={() => onOpen(hit)}
                onKeyDown={(event) =>
                  walk(event, event.currentTarget.closest<HTMLElement>(".help-scroll"))
                }
              >
                <strong dir="auto">{hit.title}</strong>
                <span dir="auto">{hit.excerpt}</span>
                {!sameLanguage(hit.language, texts.language) && (
                  <em lang={texts.language}>
                    {say("help_other", { language: languageName(hit.language, texts.language) })}
                  </em>
                )}
              </button>
            </li>
          ))}
        </ul>
      )}
      {step === "done" && !hits.length && answered && <p>{say("help_nothing_try")}</p>}
    </div>
  );
}

/** What is said of the search, also to who does not see it. */
function told(search: Search, say: Say): string {
  const { step, hits, answered } = search;
  if (step === "failed") return say("help_failed");
  if (step === "slow") return say("help_slow", { n: search.waitS });
  if (step === "busy" && !hits.length) return say("help_searching");
  if (!answered) return hits.length ? say("help_newest") : "";
  if (!hits.length) return say("help_nothing", { words: answered });
  return hits.length === 1 ? say("help_found_one") : say("help_found", { n: hits.length });
}

/** Up and down go from the field through what was found and back. */
function walk(event: KeyboardEvent, place: HTMLElement | null): void {
  if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || event.isComposing) return;
  const stops = [...(place?.querySelectorAll<HTMLElement>("input, .hit") ?? [])];
  const next = stops.indexOf(event.currentTarget as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1);
  if (!stops[next]) return;
  event.preventDefault();
  stops[next].focus();
}

function dress(root: ShadowRoot): void {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  }
}
