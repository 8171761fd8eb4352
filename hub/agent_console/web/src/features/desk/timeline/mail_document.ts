import DOMPurify from 'dompurify'

import type { FileView } from '@/shared/api/types'

// Pictures come from our own origin only: attachments of the mail, and remote ones through the hub's proxy.
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'`
const STYLE = `html{color-scheme:light}body{margin:0;padding:10px 12px;font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;color:#1a1d21;background:#fff;overflow-wrap:anywhere;display:flow-root}img{max-width:100%;height:auto}table{max-width:100%}a{color:#1f5fbf}blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #d5d9de;color:#5b636e}pre{white-space:pre-wrap}.held{padding:0 6px;border:1px dashed #7b838d;border-radius:4px;color:#5b636e}`

// The hub takes the source from every picture: `data-cid` names a part of the mail, `data-remote-src` an
// address on another server (hub/vendors/mail/sanitise.py).
const INLINE = 'data-cid'
const REMOTE = 'data-remote-src'

/** Where the hub gives a picture that a mail shows from another server. */
export function imageUrl(entryId: string, url: string): string {
  return `/api/v1/interactions/${entryId}/image?url=${encodeURIComponent(url)}`
}

export interface MailDocument {
  /** A whole document for the frame. */
  source: string
  /** Pictures on other servers that are not shown: fetching them tells the sender who reads. */
  blocked: number
}

/**
 * The document of a mail, sanitised again, with its own pictures in place. Remote ones are shown only where
 * `proxied` says by which address of the hub they come.
 */
export function mailDocument(html: string, files: FileView[], proxied?: (url: string) => string): MailDocument {
  const inline = new Map(files.filter((file) => file.content_id).map((file) => [file.content_id?.replace(/^<|>$/gu, ''), file.url]))
  const body = DOMPurify.sanitize(html, {
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'link', 'meta', 'base', 'audio', 'video'],
    FORBID_ATTR: ['id', 'name', 'ping', 'src', 'srcset', 'background', 'poster'],
    ADD_ATTR: [INLINE, REMOTE],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM: true,
  }) as HTMLElement // with RETURN_DOM it is the body element
  let blocked = 0
  for (const image of body.querySelectorAll('img')) {
    const part = inline.get(image.getAttribute(INLINE) ?? undefined)
    const remote = image.getAttribute(REMOTE)
    image.removeAttribute(INLINE)
    image.removeAttribute(REMOTE)
    if (part) image.setAttribute('src', part)
    else if (remote && proxied) image.setAttribute('src', proxied(remote))
    else if (remote) {
      blocked += 1
      holdPlace(image)
    }
  }
  for (const link of body.querySelectorAll('a')) {
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  const source = `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>${STYLE}</style></head><body>${body.innerHTML}</body></html>`
  return { source, blocked }
}

/** Where a picture is held back, what it says of itself; a picture that says nothing leaves nothing. */
function holdPlace(image: HTMLImageElement): void {
  const place = image.ownerDocument.createElement('span')
  place.className = 'held'
  place.textContent = image.alt
  if (image.alt) image.replaceWith(place)
  else image.remove()
}
