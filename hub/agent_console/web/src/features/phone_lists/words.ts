import { ApiError } from '@/shared/api/http'
import type { CalleeState, Gap, ListState, PhoneList, PhoneListBody } from '@/shared/api/phone_lists'
import { localStamp } from '@/shared/lib/time'

export const NEW = 'new'
/** In minutes, as hub/phone_lists/model.py has them where a list says nothing. */
export const USUAL_GAPS: Record<Gap, number> = { no_answer: 240, busy: 15, machine: 240, failed: 1440, skipped: 30 }
const DAY_MS = 86_400_000
const MINUTE_S = 60

/** What is typed of a draft: times as fields take them, gaps in minutes ('' for the usual one). `by`: which of group and list is meant. */
export interface Draft extends Omit<PhoneListBody, 'starts_at' | 'ends_at' | 'days' | 'gaps'> {
  by: 'group' | 'list'
  starts: string
  ends: string
  days: string[]
  gaps: Partial<Record<Gap, number | ''>>
}

export const TONES: Record<ListState, 'neutral' | 'accent' | 'ok' | 'warn'> = { draft: 'neutral', running: 'accent', paused: 'warn', done: 'ok', stopped: 'neutral' }
/** Of these nothing more is to be expected. */
export const DECIDED: readonly CalleeState[] = ['done', 'given_up', 'suppressed', 'held_out']

export function emptyDraft(entryPointId: string, queueId: string, now: number): Draft {
  return {
    by: 'group', zh: '', en: '', purpose: 'marketing', mode: 'preview', entry_point_id: entryPointId, queue_id: queueId, group_key: null, customer_ids: [], material: null,
    starts: '', ends: localStamp(new Date(now + 14 * DAY_MS)), window_from: '09:00', window_until: '20:00', days: ['1', '2', '3', '4', '5', '6'],
    attempts: 3, gaps: {}, preview_s: 120, abandon_permille: 30, detects_machines: true, script_zh: '', script_en: '',
    arms: [{ key: 'all', share: 100, holdout: false }], version: 0,
  }
}

export function draftOf(one: PhoneList): Draft {
  const { line, filling: _filling, paused_why: _why, dials_itself: _dials, asks_first: _asks, days, gaps, ...terms } = one
  return {
    ...terms,
    by: one.customer_ids.length > 0 ? 'list' : 'group',
    zh: line.zh, en: line.en, purpose: line.purpose, mode: line.mode, queue_id: line.queue_id, version: line.version,
    starts: localStamp(new Date(line.starts_at)), ends: localStamp(new Date(line.ends_at)),
    days: days.map(String),
    gaps: Object.fromEntries(Object.entries(gaps).map(([name, seconds]) => [name, Math.round(seconds / MINUTE_S)])),
  }
}

export function bodyOf(draft: Draft): PhoneListBody {
  const { by, starts, ends, days, gaps, ...rest } = draft
  const set = Object.entries(gaps).filter(([, minutes]) => typeof minutes === 'number' && minutes > 0)
  return {
    ...rest,
    material: draft.material?.trim() || null,
    group_key: by === 'group' ? draft.group_key || null : null,
    customer_ids: by === 'list' ? draft.customer_ids : [],
    days: days.map(Number).toSorted(),
    gaps: Object.fromEntries(set.map(([name, minutes]) => [name, Number(minutes) * MINUTE_S])),
    starts_at: starts ? new Date(starts).toISOString() : null,
    ends_at: new Date(ends || Date.now()).toISOString(),
  }
}

/** The key of a new list: its name as far as that can stand in an address, and the moment. */
export function keyOf(name: string, now: number): string {
  const plain = name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/gu, '-').replace(/^-+|-+$/gu, '').slice(0, 40)
  return `${plain || 'list'}-${now.toString(36).slice(-6)}`
}

/** How much of it is left out to compare: 0 to 90. Null: it has several arms, which are not made here. */
export const heldOutOf = (draft: Pick<Draft, 'arms'>): number | null =>
  draft.arms.filter((arm) => !arm.holdout).length === 1 ? (draft.arms.find((arm) => arm.holdout)?.share ?? 0) : null

export function holdOut(draft: Pick<Draft, 'arms'>, share: number): Draft['arms'] {
  const key = draft.arms.find((arm) => !arm.holdout)?.key ?? 'all'
  const called = { key, share: 100 - share, holdout: false }
  return share > 0 ? [called, { key: 'holdout', share, holdout: true }] : [called]
}

export const total = (counts: Partial<Record<string, number>>): number => Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)

export const decidedOf = (people: Partial<Record<CalleeState, number>>): number => DECIDED.reduce((sum, state) => sum + (people[state] ?? 0), 0)

/** "1.2%": shares are told as they are, however small. */
export const percent = (share: number, locale: string): string => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share)

/** Days of the ISO week in the reader's words, Monday first. */
export const weekdays = (locale: string): { value: string; label: string }[] =>
  [1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day)) })) // 1 January 2024 was a Monday

interface Fault {
  path?: string
}

/** What was refused, in the reader's language: one line for each place that is wrong. */
export function problemsOf(error: unknown, say: (key: string) => string, has: (key: string) => boolean, usual: (error: unknown) => string): string[] {
  if (!(error instanceof ApiError)) return [usual(error)]
  const faults = (error.body['problems'] ?? error.body['faults'] ?? []) as Fault[]
  const known = faults.map((one) => `phone_lists.wrong.${(one.path ?? '').replace(/\[\d+\]/gu, '').split('.')[0]}`)
  if (known.length > 0) return [...new Set(known.map((key) => (has(key) ? key : 'phone_lists.wrong.other')))].map(say)
  const own = `phone_lists.error.${error.code.replace('phone_list.', '')}`
  return [error.code.startsWith('phone_list.') && has(own) ? say(own) : usual(error)]
}

/** What is typed as numbers: one on each line, or apart by commas; each once. */
export const numbersOf = (typed: string): string[] => [...new Set(typed.split(/[\n,;，；、]+/u).map((one) => one.trim()).filter(Boolean))]
