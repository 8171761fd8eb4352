import { i18n } from '@/i18n'
import type { NoticeFrame } from '@/shared/api/frames'

/** The sentence of a notice of the hub; one we do not know yet is shown by its detail or code. */
export function messageOfNotice(frame: NoticeFrame): string {
  const key = `notice.${frame.code}`
  const text = i18n.global.te(key) ? i18n.global.t(key) : frame.code
  return frame.detail ? `${text} ${frame.detail}` : text
}
