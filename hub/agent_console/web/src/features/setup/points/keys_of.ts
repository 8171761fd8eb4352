import { i18n, texts } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'

/** What a setting names: a tier, a queue, or an entry point that writes mails or makes calls. */
export type KeyOf = 'tier' | 'mail' | 'phone' | 'queue'
const CHANNEL = { mail: 'email', phone: 'phone' } as const

export const namesKey = (of: string | null | undefined): of is KeyOf => of === 'tier' || of === 'mail' || of === 'phone' || of === 'queue'

/** What a text that names something of the set-up can be; one that is no more there is shown as such. */
export function keysOf(setup: SetupDocument, of: KeyOf, now: string): { value: string; label: string }[] {
  const tiers = (): { value: string; label: string }[] => setup.tiers.map((one) => ({ value: one.key, label: i18n.global.locale.value === 'en' ? one.en : one.zh }))
  const queues = (): { value: string; label: string }[] => setup.queues.map((one) => ({ value: one.key, label: i18n.global.locale.value === 'en' ? one.en : one.zh }))
  const points = (channel: string): { value: string; label: string }[] => setup.entry_points.filter((one) => one.channel === channel).map((one) => ({ value: one.key, label: `${one.name} (${one.address})` }))
  const keys = of === 'tier' ? tiers() : of === 'queue' ? queues() : points(CHANNEL[of])
  const known = [{ value: '', label: texts.t(`setup.point.noneOf.${of}`) }, ...keys]
  return known.some((one) => one.value === now) ? known : [...known, { value: now, label: texts.t('setup.point.unknownOf', { key: now }) }]
}
