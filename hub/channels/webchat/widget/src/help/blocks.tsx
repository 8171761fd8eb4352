/** An article's blocks as elements. No markup from strings: what is not listed here is its text. */
import type { ComponentChildren, JSX } from "preact";
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Block } from "./api";

// The window has the second heading and the article the third: those of its text begin below.
const TAGS: Record<string, string> = {
  h2: "h4",
  h3: "h5",
  h4: "h6",
  ...Object.fromEntries(
    "blockquote br code del em hr li ol p pre strong tbody td th thead tr ul"
      .split(" ")
      .map((tag) => [tag, tag]),
  ),
};
const LINK = /^(?:https?|mailto|tel):/i;

export type LoadPicture = (id: string, signal: AbortSignal) => Promise<Blob>;

export interface Around {
  picture: LoadPicture;
  /** Said after a link: that it opens in a new tab. */
  newTab: string;
  /** Said in place of a picture that is not there. */
  missing: (name: string) => string;
}

export function draw(blocks: readonly Block[], around: Around): ComponentChildren {
  return blocks.map((block, index) => drawOne(block, index, around));
}

function drawOne(block: Block, key: number, around: Around): ComponentChildren {
  if (typeof block === "string") return block;
  const [tag, children, about, text] = block;
  const inside = draw(children, around);
  if (tag === "a" && LINK.test(about)) {
    return (
      <a key={key} href={about} target="_blank" rel="noopener noreferrer nofollow">
        {inside}
        <span class="hidden"> ({around.newTab})</span>
      </a>
    );
  }
  if (tag === "img") return <Picture key={key} id={about} name={text} around={around} />;
  if (tag === "table") {
    return (
      <div key={key} class="wide" tabIndex={0}>
        <table>{inside}</table>
      </div>
    );
  }
  const known = Object.hasOwn(TAGS, tag) ? TAGS[tag] : undefined;
  if (!known) return inside;
  return h(known, { key, ...(tag === "ol" && about ? { start: Number(about) } : {}) }, inside);
}

/** Fetched by the page and shown from memory: a site's policy has to allow nothing more for it. */
function Picture({ id, name, around }: { id: string; name: string; around: Around }): JSX.Element {
  const [source, setSource] = useState("");
  const [gone, setGone] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    let made = "";
    around.picture(id, stop.signal).then(
      (blob) => {
        if (!stop.signal.aborted) setSource((made = URL.createObjectURL(blob)));
      },
      () => stop.signal.aborted || setGone(true),
    );
    return () => {
      stop.abort();
      URL.revokeObjectURL(made);
    };
  }, [id]);
  if (gone) return <span class="muted">{around.missing(name)}</span>;
  if (!source) return <span class="loading-picture" role="img" aria-label={name} />;
  return <img src={source} alt={name} />;
}
