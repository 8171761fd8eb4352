import type { Fact } from '@/shared/api/customers'

/** A link that a browser may open: of the web, and nothing that a program put there instead. */
export function linkOf(url: string | null): { href: string; host: string } | null {
  if (!url) return null
  try {
    const parsed = new URL(url)
    const web = parsed.protocol === 'https:' || parsed.protocol === 'http:'
    return web ? { href: parsed.href, host: parsed.host } : null
  } catch {
    return null
  }
}

/** What is true today, the newest first. */
export function currentOf(facts: Fact[]): Fact[] {
  return facts.filter((fact) => fact.current).sort((a, b) => Date.parse(b.learned_at) - Date.parse(a.learned_at))
}

/** Of what was simply learned the kind says nothing: none is shown. */
export function kindShown(kind: string): string {
  return kind === 'learned' || kind === 'note' ? '' : kind
}
