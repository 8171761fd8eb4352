// Links of a mail: they open beside us, tell nothing of where they were followed, and say where they lead.

const ADDRESS = /^\s*(?:https?:\/\/)?((?:[\p{L}\d-]+\.)+\p{L}{2,24})(?::\d+)?(?:[/?#]\S*)?\s*$/iu
const MAIL_ADDRESS = /^\s*[^\s@]+@((?:[\p{L}\d-]+\.)+\p{L}{2,24})\s*$/iu
const NUMBER_HOST = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/iu
const LEADS_OUT = /^\s*(?:https?|mailto|tel):/iu
const LONGEST_TITLE = 300

function parsed(href: string): URL | null {
  try {
    return new URL(href)
  } catch {
    return null
  }
}

const bare = (host: string): string => host.toLowerCase().replace(/^www\./u, '').replace(/\.$/u, '')

/** Is one the other, or under it: shop.example and www.pay.shop.example are one house. */
function related(said: string, real: string): boolean {
  const [one, other] = [bare(said), bare(real)]
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)
}

/**
 * Where a link really leads, if that should be said beside it: its words name another address, it hides its
 * address behind a name before an @, in the letters of another script, or in a number. Else nothing.
 */
export function hiddenTarget(words: string, href: string): string {
  const url = parsed(href)
  if (!url) return ''
  if (url.protocol === 'mailto:') {
    const real = decodeURIComponentSafely(url.pathname)
    const said = MAIL_ADDRESS.test(words) ? words.trim().toLowerCase() : ''
    return said !== '' && said !== real.toLowerCase() ? real : ''
  }
  if (!url.protocol.startsWith('http')) return ''
  const host = url.hostname
  if (url.username !== '' || url.password !== '' || NUMBER_HOST.test(host) || /(?:^|\.)xn--/u.test(host)) return host
  const named = ADDRESS.exec(words)?.[1] ?? MAIL_ADDRESS.exec(words)?.[1]
  const said = named ? parsed(`http://${named}`)?.hostname : undefined // in the same letters as the other
  return said !== undefined && !related(said, host) ? host : ''
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Make the links of a mail safe to follow. Returns how many lead elsewhere than their words say. */
export function markLinks(body: HTMLElement): number {
  let hidden = 0
  for (const link of body.querySelectorAll('a')) {
    const href = link.getAttribute('href')
    if (href === null) continue
    if (!LEADS_OUT.test(href)) {
      link.removeAttribute('href') // it would lead to a page of ours
      continue
    }
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow')
    link.setAttribute('title', href.slice(0, LONGEST_TITLE))
    const target = hiddenTarget(link.textContent, href)
    if (target === '') continue
    hidden += 1
    const mark = link.ownerDocument.createElement('span')
    mark.className = 'leads'
    mark.textContent = `→ ${target}`
    link.after(' ', mark)
  }
  return hidden
}
