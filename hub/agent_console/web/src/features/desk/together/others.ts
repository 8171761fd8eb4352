import { i18n, texts } from '@/i18n'
import { refusalWords } from '@/shared/api/errors'
import type { Together } from '@/shared/api/together'
import type { ContactRow } from '@/shared/api/types'
import { useToasts } from '@/stores/toasts'

/** Those of the same customer's open contacts that wait for somebody. */
export const waitingOf = (rows: ContactRow[]): ContactRow[] => rows.filter((row) => row.state === 'queued' || row.state === 'offered')

/** Say what was taken along, and what stays and why. `rows`: what was shown before. */
export function tellTogether(answer: Together, rows: ContactRow[]): void {
  const { t } = texts
  const list = (names: string[]): string => new Intl.ListFormat(i18n.global.locale.value, { type: 'conjunction' }).format(names)
  const taken = answer.taken.flatMap((one) => rows.filter((row) => row.id === one.contact_id))
  const toasts = useToasts()
  if (taken.length) toasts.done(t('together.taken', { list: list(taken.map((row) => t('together.what', { channel: t(`channel.${row.channel}`), reference: row.reference }))) }))
  if (answer.left.length === 0) return
  const left = answer.left.map((one) => {
    const why = `together.why.${one.code.replace('.', '_')}`
    const what = t('together.what', { channel: t(`channel.${one.channel}`), reference: one.reference })
    return t('together.leftOne', { what, why: texts.te(why) ? t(why) : refusalWords(one) })
  })
  toasts.error(t('together.left', { list: list(left) }))
}
