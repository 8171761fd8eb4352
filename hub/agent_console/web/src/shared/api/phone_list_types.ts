/** Shapes of phone lists that a contact carries (hub/phone_lists). Times are ISO 8601 UTC. */

/** What an agent may say came of a call; by the hub come `failed` and `abandoned` besides. */
export const RESULTS = ['reached', 'interested', 'refused', 'call_later', 'wrong_number', 'never', 'machine', 'no_answer', 'busy'] as const
export type ListResult = (typeof RESULTS)[number]
export const SKIPS = ['not_now', 'wrong_person', 'handled', 'other'] as const
export type SkipReason = (typeof SKIPS)[number]
export type ListMode = 'preview' | 'progressive'

/** What a contact says of the phone list that it is a call of. */
export interface PhoneListBrief {
  key: string
  zh: string
  en: string
  mode: ListMode
  script_zh: string
  script_en: string
  purpose: string
  number: string
  attempt: number
  attempts: number
  last_at: string | null
  last_result: string | null
  /** waiting: nobody has it · preview: its agent reads, and nobody is called yet · calling: phones ring, or rang. */
  stage: 'waiting' | 'preview' | 'calling'
  /** Then it is skipped by itself. */
  preview_until: string | null
  answered_by: 'human' | 'machine' | 'fax' | 'unknown' | null
  result: string | null
  /** The customer's, as their calling hours are judged. */
  time_zone?: string | null
}
