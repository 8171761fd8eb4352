/** A deadline of an SLA policy: used time goes on from `at` while it is running. */
export interface Deadline {
  kind: 'first_reply' | 'next_reply' | 'resolution'
  zh: string
  en: string
  at: string
  target_s: number
  warn_s: number
  used_s: number
  running: boolean
  paused: boolean
  due_at: string | null
  breached_at: string | null
}
