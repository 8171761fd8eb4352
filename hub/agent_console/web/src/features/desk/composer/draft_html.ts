const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/gu, (character) => ENTITIES[character] ?? character)
}

/** Plain text as the paragraphs of the editor: an empty line parts paragraphs, a single one is a break. */
export function htmlOfText(text: string): string {
  if (text.trim() === '') return ''
  return text
    .replace(/\r\n?/gu, '\n')
    .split(/\n{2,}/u)
    .map((paragraph) => `<p>${escapeHtml(paragraph).replace(/\n/gu, '<br>')}</p>`)
    .join('')
}

/** The HTML of a formatted reply with text written on at its end, outside a link that stands there. */
export function writtenOn(html: string, text: string): string {
  const added = escapeHtml(text).replace(/\n/gu, '<br>')
  return html.replace(/(?:<\/(?!a>)[a-z]+>)*$/u, (ends) => added + ends)
}

/** What an agent types into the field of a link → an address that may stand in a mail; null when it cannot. */
export function linkOf(typed: string): string | null {
  const text = typed.trim()
  if (text === '' || /\s/u.test(text)) return null
  if (/^[^@/:]+@[^@/:]+\.[^@/:]+$/u.test(text)) return `mailto:${text}`
  const whole = /^[a-z][a-z\d+.-]*:/iu.test(text) && !/^[^/:]+:\d+(\/|$)/u.test(text) ? text : `https://${text}`
  if (!/^(?:https?:\/\/[^/]|mailto:.|tel:.)/iu.test(whole)) return null
  return URL.canParse(whole) ? whole : null
}
