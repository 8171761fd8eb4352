import { i18n, texts } from '@/i18n'
import type { PhoneListBrief } from '@/shared/api/phone_list_types'
import { dueTime } from '@/shared/lib/time'

type Named = { zh: string; en: string }
const inLocale = (one: Named): string => (i18n.global.locale.value === 'en' ? one.en : one.zh)

/** "List: autumn check-up · attempt 2 of 3". */
export const attemptOf = (brief: Named & Pick<PhoneListBrief, 'attempt' | 'attempts'>): string =>
  texts.t('phoneList.attempt', { name: inLocale(brief), n: brief.attempt, m: brief.attempts })

/** What came of a call of a list, in the reader's words; a code of a newer hub as it is. */
export const resultOf = (code: string): string => (texts.te(`phoneList.result.${code}`) ? texts.t(`phoneList.result.${code}`) : code)

/** How the attempt before ended: "last: no answer, Tue 10:20"; empty where there was none. */
export function lastOf(brief: Pick<PhoneListBrief, 'last_at' | 'last_result'>, nowMs: number): string {
  if (!brief.last_at || !brief.last_result) return ''
  return texts.t('phoneList.last', { result: resultOf(brief.last_result), time: dueTime(brief.last_at, nowMs, i18n.global.locale.value) })
}

/** In the reader's language, or in the other where there is only that. */
export const scriptOf = (brief: Pick<PhoneListBrief, 'script_zh' | 'script_en'>): string =>
  (inLocale({ zh: brief.script_zh, en: brief.script_en }) || brief.script_zh || brief.script_en).trim()

/** A moment on the clock of where the customer is, and where that is; null where it is as here, or not known. */
export function thereAt(iso: string, zone: string | null | undefined, here = Intl.DateTimeFormat().resolvedOptions().timeZone): { time: string; zone: string } | null {
  if (!zone || zone === here) return null
  const locale = i18n.global.locale.value
  try {
    const time = new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso))
    return { time, zone: zone.replaceAll('_', ' ') }
  } catch {
    return null // a zone that this browser does not know
  }
}
