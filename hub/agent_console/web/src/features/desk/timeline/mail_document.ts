import DOMPurify from 'dompurify'

import type { FileView } from '@/shared/api/types'

const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'`
const STYLE = `html{color-scheme:light}body{margin:0;padding:10px 12px;font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;color:#1a1d21;background:#fff;overflow-wrap:anywhere;display:flow-root}img{max-width:100%;height:auto}table{max-width:100%}a{color:#1f5fbf}blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #d5d9de;color:#5b636e}pre{white-space:pre-wrap}`

const REMOTE = /<img\b[^>]*\bsrc\s*=\s*["']?\s*(?:https?:)?\/\//giu

/** How many images of a mail lie on other servers; they are never fetched (they tell the sender who reads). */
export function remoteImages(html: string): number {
  return (html.match(REMOTE) ?? []).length
}

/** A whole document for the mail frame: sanitised again, inline pictures from our own attachments. */
export function mailDocument(html: string, files: FileView[]): string {
  const inline = new Map(files.filter((file) => file.content_id).map((file) => [file.content_id?.replace(/^<|>$/gu, ''), file.url]))
  const body = DOMPurify.sanitize(html, {
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'link', 'meta', 'base', 'audio', 'video'],
    FORBID_ATTR: ['id', 'name', 'ping'],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM: true,
  }) as HTMLElement // with RETURN_DOM it is the body element
  for (const image of body.querySelectorAll('img')) placeImage(image, inline)
  for (const link of body.querySelectorAll('a')) {
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>${STYLE}</style></head><body>${body.innerHTML}</body></html>`
}

function placeImage(image: HTMLImageElement, inline: Map<string | undefined, string>): void {
  const source = image.getAttribute('src') ?? ''
  const ours = source.startsWith('cid:') ? inline.get(decodeURIComponent(source.slice(4))) : undefined
  if (ours) image.setAttribute('src', ours)
  else if (!source.startsWith('data:image/') && !source.startsWith('/')) image.removeAttribute('src')
  image.removeAttribute('srcset')
}
