import { texts } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'
import { useSetup } from '@/stores/setup'

/** The sentence of a notice of the hub; one we do not know yet is shown by its detail or code. */
export function messageOfNotice(frame: NoticeFrame): string {
  const key = `notice.${frame.code}`
  const text = texts.te(key) ? texts.t(key) : frame.code
  const detail = frame.code === 'queue_deserted' && frame.detail ? useSetup().nameOf('queues', frame.detail) : frame.detail
  return detail ? `${text} ${detail}` : text
}
