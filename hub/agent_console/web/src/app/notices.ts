import { texts } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'
import { reasonOf } from '@/shared/lib/reason'
import { useSetup } from '@/stores/setup'

/** The sentence of a notice of the hub; one we do not know yet is shown by its detail or code. */
export function messageOfNotice(frame: NoticeFrame): string {
  const key = `notice.${frame.code}`
  const text = texts.te(key) ? texts.t(key) : frame.code
  const detail = frame.code === 'queue_deserted' && frame.detail ? useSetup().nameOf('queues', frame.detail) : said(frame.detail)
  if (!detail) return text.replace(/[:：]$/u, '')
  return `${text}${text.endsWith('：') ? '' : ' '}${apart(detail)}`
}

/** Parts that are written from right to left stand alone: beside such a name "2 / 5" would be read as 5 / 2. */
function apart(detail: string): string {
  const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u
  if (!RIGHT_TO_LEFT.test(detail)) return detail
  return detail
    .split(' · ')
    .map((part) => `\u2068${part}\u2069`)
    .join(' · ')
}

/** A reason that is kept as a code: what the other side said. The timeline has the words for the code. */
function said(detail: string | null | undefined): string {
  const { code, text } = reasonOf(detail ?? '')
  return code.startsWith('fax_') ? text : (detail ?? '')
}
