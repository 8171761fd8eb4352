import type { Lead, LeadTrace, Plan } from '@/shared/api/allocation'

export type Level = 'calm' | 'soon' | 'late' | 'touched' | 'nobody'

/** How an open allocation stands: calm until half of its time is used, late from its end on. */
export function levelOf(lead: Pick<Lead, 'touched_at' | 'to_id' | 'remind_at' | 'due_at'>, nowMs: number): Level {
  if (lead.touched_at) return 'touched'
  if (!lead.to_id) return 'nobody'
  if (Date.parse(lead.due_at) <= nowMs) return 'late'
  return Date.parse(lead.remind_at) <= nowMs ? 'soon' : 'calm'
}

/** The one that counts now: what is open, else nothing. */
export function openOf(leads: LeadTrace[]): LeadTrace | null {
  return leads.find((one) => one.ended_as === null) ?? null
}

export function nameOf(one: { zh: string; en: string }, locale: string): string {
  return locale === 'zh-CN' ? one.zh : one.en
}

export function doneOf(plan: Plan): number {
  return plan.steps.filter((step) => step.done_at !== null).length
}

export function isLate(plan: Plan, nowMs: number): boolean {
  return plan.state === 'open' && Date.parse(plan.due_at) <= nowMs
}
