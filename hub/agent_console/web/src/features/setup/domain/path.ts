import type { SetupDocument } from '@/shared/api/setup_types'

export const TABS = ['queues', 'tiers', 'skills', 'hours', 'overflow', 'points', 'teams', 'reasons', 'templates', 'panel', 'allocation', 'plans', 'sla', 'work', 'presence', 'privacy', 'changes'] as const
export type Tab = (typeof TABS)[number]

/** Where something is edited: a page, and the queue, hours or agent on it. */
export interface Place {
  tab: Tab
  item: string
}

const PART = /"([^"]*)"|\[(\d+)\]|([^.[\]"]+)/gu

/** 'queues[0].target_s.phone' → ['queues', 0, 'target_s', 'phone']; 'agents."li.na@x".skills' keeps its quotes together. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(PART)].map((match) => match[1] ?? (match[2] === undefined ? match[3]! : Number(match[2])))
}

/** A key below a path, in quotes where it needs them (hub/setup/reading.py). */
export const keyPath = (path: string, key: string): string => `${path}.${/^[\w-]+$/u.test(key) ? key : `"${key}"`}`

const PAGES: Record<string, Tab> = {
  queues: 'queues',
  tiers: 'tiers', default_tier: 'tiers', target_s: 'tiers', service_level: 'tiers', short_abandon_s: 'tiers', cap_s: 'tiers', public_promise_s: 'tiers',
  skills: 'skills', agents: 'skills',
  entry_points: 'points', teams: 'teams',
  reasons: 'reasons', outcomes: 'reasons', closing_fields: 'reasons', next_actions: 'reasons', not_ready_reasons: 'reasons', decline_reasons: 'reasons',
  value: 'tiers', allocation: 'allocation', plans: 'plans', templates: 'templates', side_panel: 'panel',
  sla_policies: 'sla', next_reply_s: 'sla', presence: 'presence', offer: 'work', capacity: 'work', sticky: 'work', profiles: 'work', privacy: 'privacy',
  hours: 'hours', special_days: 'hours', timezone: 'hours',
}

/** The place of a problem; null where these pages do not show it (a canned response, a survey, …). */
export function placeOf(path: string, setup: SetupDocument): Place | null {
  const [first, second, third] = parsePath(path)
  const tab = PAGES[String(first)]
  if (!tab) return null
  if (tab === 'reasons') return { tab, item: String(first) }
  if (first === 'queues') {
    if (second === undefined) return { tab, item: '' } // what concerns several: one that may not be retired yet
    return { tab: third === 'overflow' ? 'overflow' : 'queues', item: setup.queues[Number(second)]?.key ?? '' }
  }
  if (first === 'allocation') return { tab, item: second === 'rules' ? (setup.allocation.rules[Number(third)]?.key ?? '') : '' }
  if (first === 'entry_points' || first === 'teams') return { tab, item: setup[first][Number(second)]?.key ?? '' }
  if (first === 'side_panel') return { tab, item: second === 'links' ? (setup.side_panel.links[Number(third)]?.key ?? '') : '' }
  if (first === 'plans' || first === 'sla_policies') return { tab, item: setup[first][Number(second)]?.key ?? '' }
  return { tab, item: typeof second === 'string' && (first === 'hours' || first === 'agents' || first === 'templates') ? second : '' }
}

/** Warnings are lines that begin with what they are about: "queue finance: …". */
export function placeOfLine(line: string): Place | null {
  const [, word, key = ''] = /^(queue|agent|sla policy) ([^\s:]+): /u.exec(line) ?? []
  if (word === 'queue') return { tab: 'queues', item: key }
  if (word === 'sla policy') return { tab: 'sla', item: key }
  return word === 'agent' ? { tab: 'skills', item: key } : null
}

/** Whether a problem at `path` belongs to the field `field` or to something in it. */
export function within(path: string, field: string): boolean {
  return path === field || (path.startsWith(field) && /^[.[]/u.test(path.slice(field.length)))
}
