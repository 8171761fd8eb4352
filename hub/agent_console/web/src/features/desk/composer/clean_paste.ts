/**
 * HTML from Word, Excel, mails and web pages → what the editor can hold, keeping what it means: lists that
 * Word writes as paragraphs become lists, headings bold lines, rows of a table lines. Everything else that
 * the editor does not know (styles, scripts, pictures, classes) it drops itself, by its schema.
 */
export function cleanPasted(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html')
  const body = page.body
  body.querySelectorAll('script, style, template, title, xml, img:not([data-cid$="@hub"]), picture, svg, object, iframe').forEach((one) => one.remove())
  body.querySelectorAll<HTMLElement>('[hidden], [style]').forEach((one) => {
    if (one.hidden || /display\s*:\s*none|mso-hide\s*:\s*all/iu.test(one.getAttribute('style') ?? '')) one.remove()
  })
  wordLists(body)
  body.querySelectorAll('h1, h2, h3, h4, h5, h6').forEach((heading) => replaceBy(heading, 'p', 'strong'))
  body.querySelectorAll('table').forEach(tableLines)
  body.querySelectorAll('a').forEach((link) => link.getAttributeNames().forEach((name) => name !== 'href' && link.removeAttribute(name)))
  spaces(body)
  return body.innerHTML
}

function replaceBy(old: Element, outer: string, inner: string): void {
  const page = old.ownerDocument
  const block = page.createElement(outer)
  const mark = page.createElement(inner)
  mark.append(...old.childNodes)
  block.append(mark)
  old.replaceWith(block)
}

const MSO = /mso-list\s*:\s*(\w+)/iu
const NUMBER = /^\s*[(（]?(?:\d{1,3}|[a-z]{1,4}|[一二三四五六七八九十]{1,3})[.)、）]/iu

/** Word's list items are paragraphs with a level in their style and the bullet in a span of its own. */
function wordLists(body: HTMLElement): void {
  for (const first of body.querySelectorAll<HTMLElement>('p[style]')) {
    const list = listId(first)
    if (list === null || !first.isConnected || listId(first.previousElementSibling) === list) continue
    const items: HTMLElement[] = []
    for (let one: Element | null = first; one && listId(one) === list; one = one.nextElementSibling) items.push(one as HTMLElement)
    const place = first.ownerDocument.createComment('')
    first.before(place)
    place.replaceWith(listOf(items))
  }
}

function listId(one: Element | null): string | null {
  return one?.tagName === 'P' ? (MSO.exec(one.getAttribute('style') ?? '')?.[1] ?? null) : null
}

function listOf(items: HTMLElement[]): HTMLElement {
  const page = items[0]!.ownerDocument
  const open: { level: number; list: HTMLElement }[] = []
  let outer: HTMLElement | undefined
  for (const item of items) {
    const level = Number(/level(\d)/iu.exec(item.getAttribute('style') ?? '')?.[1] ?? 1)
    const bullet = [...item.querySelectorAll('span[style]')].find((one) => /mso-list\s*:\s*ignore/iu.test(one.getAttribute('style') ?? ''))
    const tag = NUMBER.test(bullet?.textContent ?? '') ? 'ol' : 'ul'
    bullet?.remove()
    while (open.length > 1 && open.at(-1)!.level > level) open.pop()
    if (open.length === 0 || open.at(-1)!.level < level) {
      const list = page.createElement(tag)
      open.at(-1)?.list.lastElementChild?.append(list)
      open.push({ level, list })
      outer ??= list
    }
    const entry = page.createElement('li')
    const paragraph = page.createElement('p')
    paragraph.append(...item.childNodes)
    entry.append(paragraph)
    open.at(-1)!.list.append(entry)
    item.remove()
  }
  return outer!
}

/** A row becomes a line, its cells apart by a bar. */
function tableLines(table: Element): void {
  const page = table.ownerDocument
  const lines = [...table.querySelectorAll('tr')].flatMap((row) => {
    const cells = [...row.querySelectorAll('td, th')].map((cell) => (cell.textContent ?? '').replace(/\s+/gu, ' ').trim())
    if (!cells.some(Boolean)) return []
    const line = page.createElement('p')
    line.textContent = cells.join(' | ')
    return [line]
  })
  table.replaceWith(...lines)
}

function spaces(body: HTMLElement): void {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode as Text
    node.data = node.data.replace(/[\u00a0\u200b\ufeff]+/gu, (run) => (run.includes('\u00a0') ? ' ' : ''))
  }
}
