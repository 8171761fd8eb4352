import { within } from './domain/path'

const LOOK_MS = 50
const LOOKS = 40

/** The innermost field that a path belongs to; it may be drawn a moment later than its page. */
export async function pointTo(path: string): Promise<void> {
  if (path === '') return
  for (let look = 0; look < LOOKS; look += 1) {
    const fields = [...document.querySelectorAll<HTMLElement>('[data-path]')].filter((one) => within(path, one.dataset['path'] ?? ''))
    const field = fields.sort((a, b) => b.dataset['path']!.length - a.dataset['path']!.length)[0]
    if (field) {
      field.scrollIntoView({ block: 'center' })
      const first = field.matches('input, select, textarea, button') ? field : field.querySelector<HTMLElement>('input, select, textarea, button, [tabindex]')
      first?.focus({ preventScroll: true })
      return
    }
    await new Promise((resolve) => window.setTimeout(resolve, LOOK_MS))
  }
}
