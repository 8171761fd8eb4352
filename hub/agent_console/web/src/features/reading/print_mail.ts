import { imageUrl, mailDocument } from './mail_document'
import type { Interaction } from '@/shared/api/types'
import { isShownPart, shownParts } from '@/shared/domain/mail_parts'

const STYLE = `body{margin:0;font:11pt/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;color:#000;overflow-wrap:anywhere}h1{font-size:15pt;margin:0 0 8pt}table.head{border-collapse:collapse;margin-bottom:10pt;width:100%;border-bottom:1px solid #999}table.head th{text-align:start;vertical-align:top;padding:1pt 12pt 3pt 0;font-weight:600;white-space:nowrap;width:1%}table.head td{padding:1pt 0 3pt}img{max-width:100%;height:auto}pre{white-space:pre-wrap;font:inherit;margin:0}a{color:inherit}blockquote{margin:6pt 0;padding-inline-start:10pt;border-inline-start:2px solid #999}.leads,.held{border:1px solid #999;padding:0 4pt}`
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src 'self'`
const KEPT_MS = 120_000

/** A line of what stands above a printed mail. */
export interface PrintLine {
  label: string
  value: string
}

/** The page that is printed: who, when, to whom, the words, the names of the files. Pictures elsewhere only where they are shown. */
export function printPage(entry: Interaction, lines: PrintLine[], withImages: boolean): string {
  const page = document.implementation.createHTMLDocument(entry.subject ?? '')
  const { body } = page
  const add = <K extends keyof HTMLElementTagNameMap>(parent: Element, name: K, text = ''): HTMLElementTagNameMap[K] => {
    const one = parent.appendChild(page.createElement(name))
    one.textContent = text
    return one
  }
  add(body, 'h1', entry.subject ?? '')
  const table = add(body, 'table')
  table.className = 'head'
  for (const line of lines.filter((one) => one.value !== '')) {
    const row = add(table, 'tr')
    add(row, 'th', line.label)
    add(row, 'td', line.value)
  }
  const content = add(body, 'div')
  content.dir = 'auto'
  if (entry.html) content.append(...page.importNode(mailDocument(entry.html, entry.files, withImages ? (url) => imageUrl(entry.id, url) : undefined).body, true).childNodes)
  else add(content, 'pre', entry.quoted ? `${entry.text}\n\n${entry.quoted}` : entry.text)
  for (const one of content.querySelectorAll('details')) one.open = true
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><title></title><style>${STYLE}</style></head>${body.outerHTML}</html>`
}

/** The files that are named on the page: those that are not seen in the text. */
export function printedFiles(entry: Interaction): string[] {
  const parts = shownParts(entry.html)
  return entry.files.filter((file) => !isShownPart(file, parts)).map((file) => file.name)
}

/** Print a page from a frame that runs nothing; the frame goes once that is over. */
export function printFrom(source: string): void {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals')
  frame.setAttribute('aria-hidden', 'true')
  frame.tabIndex = -1
  frame.style.cssText = 'position:fixed;inset-inline-end:0;inset-block-end:0;width:0;height:0;border:0;visibility:hidden'
  frame.srcdoc = source
  const away = (): void => frame.remove()
  frame.addEventListener('load', () => {
    frame.contentWindow?.addEventListener('afterprint', away)
    window.setTimeout(away, KEPT_MS)
    frame.contentWindow?.print()
  })
  document.body.append(frame)
}
