import type { Viewer } from '@/shared/api/frames'

interface Words {
  t: (key: string, values: Record<string, unknown>, count?: number) => string
  locale: string
}

/** "Li Na is writing a reply": what those do who write, else who is there too. Empty where nobody is. */
export function whatOthersDo(viewers: readonly Viewer[], { t, locale }: Words): string {
  const names = (some: readonly Viewer[]): string => new Intl.ListFormat(locale, { type: 'conjunction' }).format(some.map((one) => one.name))
  for (const doing of ['reply', 'note'] as const) {
    const writers = viewers.filter((one) => one.doing === doing)
    if (writers.length) return t(`beside.doing.${doing}`, { names: names(writers) }, writers.length)
  }
  return viewers.length ? t('beside.doing.looking', { names: names(viewers) }, viewers.length) : ''
}
