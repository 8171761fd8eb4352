import { texts } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'

/** The sentence of a notice of the hub; one we do not know yet is shown by its detail or code. */
export function messageOfNotice(frame: NoticeFrame): string {
  const key = `notice.${frame.code}`
  const text = texts.te(key) ? texts.t(key) : frame.code
  return frame.detail ? `${text} ${frame.detail}` : text
}
