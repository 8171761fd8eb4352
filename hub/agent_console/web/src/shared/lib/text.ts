/** At most two letters that stand for a name: "Mei Chen" → "MC", "陈美" → "陈"; "" where it has no letter. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s@._-]+/u).filter((word) => /^\p{L}/u.test(word))
  const first = words[0]
  if (first === undefined) return ''
  if (/^\p{Script=Han}/u.test(first)) return [...first][0] ?? '?'
  const last = words.length > 1 ? words.at(-1) : undefined
  return ([...first][0] ?? '?').toUpperCase() + (last ? ([...last][0] ?? '').toUpperCase() : '')
}

/** Plain text in `[text, link]` pieces, so that links are made of nodes and never of HTML. */
export interface Piece {
  text: string
  href?: string
}

const LINK = /\b(https?:\/\/[^\s<>"'，。；、）】]+[^\s<>"'，。；、）】.,;:!?)\]])/giu

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(LINK)) {
    const at = match.index
    if (at > from) pieces.push({ text: text.slice(from, at) })
    pieces.push({ text: match[0], href: match[0] })
    from = at + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

const QUOTE_START =
  /^(?:>|On .{4,120} wrote:\s*$|-{2,}\s*(?:Original Message|原始邮件|Forwarded message)|在.{4,80}写道[:：]\s*$|发件人[:：]|From: .+)/imu

/** Split a plain-text mail into what is new and the quoted history below it ("" when none). */
export function splitQuote(text: string): { fresh: string; quoted: string } {
  const match = QUOTE_START.exec(text)
  if (!match || match.index === 0) return { fresh: text, quoted: '' }
  const fresh = text.slice(0, match.index).trimEnd()
  return fresh === '' ? { fresh: text, quoted: '' } : { fresh, quoted: text.slice(match.index) }
}

const PAGE_HEAD = /(?:^|\n\n)— \d+ —\n/

/** The words of a fax's first page, and those of the others, each under the number of its page. */
export function splitPages(text: string): { fresh: string; quoted: string } {
  const match = PAGE_HEAD.exec(text)
  return match ? { fresh: text.slice(0, match.index), quoted: text.slice(match.index).trimStart() } : { fresh: text, quoted: '' }
}

/** Size for people: 834 B, 12 KB, 3.4 MB. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
