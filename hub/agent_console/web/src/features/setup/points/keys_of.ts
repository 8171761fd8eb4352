import { i18n, texts } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'

/** What a text that names something of the set-up can be; one that is no more there is shown as such. */
export function keysOf(setup: SetupDocument, of: 'tier' | 'mail', now: string): { value: string; label: string }[] {
  const tiers = (): { value: string; label: string }[] => setup.tiers.map((one) => ({ value: one.key, label: i18n.global.locale.value === 'en' ? one.en : one.zh }))
  const mails = (): { value: string; label: string }[] => setup.entry_points.filter((one) => one.channel === 'email').map((one) => ({ value: one.key, label: `${one.name} (${one.address})` }))
  const known = [{ value: '', label: texts.t(`setup.point.noneOf.${of}`) }, ...(of === 'tier' ? tiers() : mails())]
  return known.some((one) => one.value === now) ? known : [...known, { value: now, label: texts.t('setup.point.unknownOf', { key: now }) }]
}
