import DOMPurify from 'dompurify'

import type { FileView } from '@/shared/api/types'
import { plainId } from '@/shared/domain/mail_parts'
import { dropPlainColours } from './mail_colours'
import { markLinks } from './mail_links'

// Pictures come from our own origin only: attachments of the mail, and remote ones through the hub's proxy.
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'`
const LIGHT = `:root{--ink:#1a1d21;--muted:#5b636e;--sheet:#fff;--line:#d5d9de;--edge:#7b838d;--link:#1f5fbf;--warn:#8a5300;color-scheme:light}`
const DARK = `:root{--ink:#e6e8eb;--muted:#a3abb5;--sheet:#1b1e22;--line:#3a4048;--edge:#6f7883;--link:#8ab8f7;--warn:#f0b457;color-scheme:dark}`
// The frame is as high as its sheet: what is too wide scrolls in the sheet, nothing scrolls downwards.
const STYLE = `html{overflow:hidden;background:var(--sheet)}body{margin:0;font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;color:var(--ink);overflow-wrap:anywhere;display:flow-root}.sheet{padding:10px 12px;overflow-x:auto;display:flow-root}img{max-width:100%;height:auto}a{color:var(--link)}blockquote{margin:8px 0;padding-inline-start:12px;border-inline-start:2px solid var(--line);color:var(--muted)}pre{white-space:pre-wrap}summary{width:max-content;cursor:pointer;color:var(--muted)}:focus-visible{outline:2px solid var(--link);outline-offset:1px}.held{padding:0 6px;border:1px dashed var(--edge);border-radius:4px;color:var(--muted)}.leads{padding:0 6px;border:1px solid var(--warn);border-radius:4px;color:var(--warn);font-size:12px;text-decoration:none}`

// The hub takes the source from every picture: `data-cid` names a part of the mail, `data-remote-src` an
// address on another server (hub/vendors/mail/sanitise.py).
const INLINE = 'data-cid'
const REMOTE = 'data-remote-src'
// What the hub's own list of looks never lets through (hub/vendors/mail/looks.py).
const FETCHES_OR_LEAVES = /url|image|expression|position|fixed|import|binding|behavior|[\\@<]/iu

/** Where the hub gives a picture that a mail shows from another server. */
export function imageUrl(entryId: string, url: string): string {
  return `/api/v1/interactions/${entryId}/image?url=${encodeURIComponent(url)}`
}

export interface MailDocument {
  /** A whole document for the frame. */
  source: string
  /** What stands in its body. */
  body: HTMLElement
  /** Pictures on other servers that are not shown: fetching them tells the sender who reads. */
  blocked: number
  /** Pictures on other servers in all, shown or not. */
  remote: number
  /** Links that lead elsewhere than their words say. */
  hidden: number
  /** It is shown in dark, as its reader wants it; else on a light sheet. */
  dark: boolean
}

/**
 * The document of a mail, sanitised again, with its own pictures in place. Remote ones are shown only where
 * `proxied` says by which address of the hub they come. `dark`: the reader's theme, which a mail without
 * colours of its own follows. `folded`: what the hub's folds are called, which show three dots.
 */
export function mailDocument(html: string, files: FileView[], proxied?: (url: string) => string, dark = false, folded = ''): MailDocument {
  const inline = new Map(files.filter((file) => file.content_id).map((file) => [plainId(file.content_id), file.url]))
  const body = DOMPurify.sanitize(html, {
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'link', 'meta', 'base', 'audio', 'video', 'svg', 'math', 'template', 'dialog'],
    FORBID_ATTR: ['id', 'name', 'ping', 'src', 'srcset', 'background', 'poster', 'popover', 'contenteditable', 'autofocus', 'tabindex', 'accesskey'],
    ADD_ATTR: [INLINE, REMOTE],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM: true,
  }) as HTMLElement // with RETURN_DOM it is the body element
  for (const one of body.querySelectorAll('[style]')) if (FETCHES_OR_LEAVES.test(one.getAttribute('style') ?? '')) one.removeAttribute('style')
  let blocked = 0
  let remotes = 0
  for (const image of body.querySelectorAll('img')) {
    const part = inline.get(image.getAttribute(INLINE) ?? '')
    const remote = image.getAttribute(REMOTE)
    image.removeAttribute(INLINE)
    image.removeAttribute(REMOTE)
    if (!part && remote) remotes += 1
    if (part) image.setAttribute('src', part)
    else if (remote && proxied) image.setAttribute('src', proxied(remote))
    else if (remote) {
      blocked += 1
      holdPlace(image)
    }
  }
  if (folded) for (const fold of body.querySelectorAll('details > summary')) if (fold.textContent === '•••') fold.setAttribute('aria-label', folded)
  const hidden = markLinks(body)
  const ownSheet = dark && dropPlainColours(body)
  const shownDark = dark && !ownSheet
  const source = `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>${shownDark ? DARK : LIGHT}${STYLE}</style></head><body><div class="sheet" dir="auto">${body.innerHTML}</div></body></html>`
  return { source, body, blocked, remote: remotes, hidden, dark: shownDark }
}

/** Where a picture is held back, what it says of itself; a picture that says nothing leaves nothing. */
function holdPlace(image: HTMLImageElement): void {
  const place = image.ownerDocument.createElement('span')
  place.className = 'held'
  place.textContent = image.alt
  if (image.alt) image.replaceWith(place)
  else image.remove()
}
