/** Finds addresses in plain text. The pieces become text nodes and anchors, never markup. */

export type Piece = { text: string; href?: string };

const LINK = /https?:\/\/[^\s<>"'，。！？；：、（）《》「」]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
const TAIL = /[.,;:!?)\]}]+$/;

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    let found = match[0];
    const tail = TAIL.exec(found)?.[0] ?? "";
    // A closing bracket belongs to the address if it was opened in it.
    if (tail && !(tail[0] === ")" && found.includes("("))) found = found.slice(0, -tail.length);
    const href = found.startsWith("http") ? safeUrl(found) : `mailto:${found}`;
    if (!href) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

function safeUrl(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
