import { texts } from '@/i18n'

interface Ended {
  outcome?: string | null
  reason?: string
  detail?: string
}

/** How a call of ours ended, in one line: the outcome, and why where there is more to say. */
export function outcomeOf(call: Ended): string {
  if (!call.outcome) return ''
  const why = call.reason ? `call.reason.${call.reason}` : ''
  return why && texts.te(why) ? texts.t(why) : texts.t(`call.outcome.${call.outcome}`)
}
