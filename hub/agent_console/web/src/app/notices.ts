import { texts } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'
import { reasonOf } from '@/shared/lib/reason'
import { useSetup } from '@/stores/setup'

/** The sentence of a notice of the hub; one we do not know yet is shown by its detail or code. */
export function messageOfNotice(frame: NoticeFrame): string {
  const key = `notice.${frame.code}`
  const text = texts.te(key) ? texts.t(key) : frame.code
  const detail = frame.code === 'queue_deserted' && frame.detail ? useSetup().nameOf('queues', frame.detail) : said(frame.detail)
  return detail ? `${text} ${detail}` : text.replace(/[:：]$/u, '')
}

/** A reason that is kept as a code: what the other side said. The timeline has the words for the code. */
function said(detail: string | null | undefined): string {
  const { code, text } = reasonOf(detail ?? '')
  return code.startsWith('fax_') ? text : (detail ?? '')
}
