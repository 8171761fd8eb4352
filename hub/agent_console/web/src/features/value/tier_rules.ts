/** The rules of the tiers while they are edited, and how two versions differ. Pure. */
import { knows } from '@/features/rules/rule_draft'
import type { RuleForm } from '@/shared/api/groups'
import type { Condition, RuleDocument } from '@/shared/api/value'

/** `keep` null: it is kept as long as `when` holds, there is no hysteresis. */
export interface TierRule {
  id: number
  tier: string
  when: Condition | null
  keep: Condition | null
}

export type Share = 'best_share' | 'tail_share'

/** Shares are percent as they are typed. */
export interface RuleSheet {
  rules: TierRule[]
  best_share: string
  tail_share: string
  short_history: string
}

export interface SheetFault {
  at: Share | 'tiers'
  code: 'share' | 'together' | 'many'
}

export const MOST_RULES = 20
const USUAL = { best_share: 0.8, tail_share: 0.01, short_history: 'not_lower' } as const
export const SHORT_HISTORIES = ['not_lower', 'default'] as const
const KEYS = new Set(['tiers', 'best_share', 'tail_share', 'short_history'])
const RULE_KEYS = new Set(['tier', 'when', 'keep'])

let last = 0
const shown = (share: number): string => String(Math.round(share * 1e6) / 1e4)
const isShare = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value >= 0 && value <= 1)

export const newRule = (tier: string): TierRule => ({ id: ++last, tier, when: null, keep: null })

/** The rules as a form has them; null: there is something in them that it does not know, and would lose. */
export function readSheet(document: RuleDocument, form: RuleForm): RuleSheet | null {
  const raw = document as unknown as Record<string, unknown>
  const { tiers, best_share: best, tail_share: tail, short_history: short } = raw
  if (!Array.isArray(tiers) || tiers.length > MOST_RULES || Object.keys(raw).some((key) => !KEYS.has(key))) return null
  if (!isShare(best) || !isShare(tail) || !SHORT_HISTORIES.some((one) => one === (short ?? USUAL.short_history))) return null
  const rules: TierRule[] = []
  for (const one of tiers as unknown[]) {
    if (typeof one !== 'object' || one === null || Object.keys(one).some((key) => !RULE_KEYS.has(key))) return null
    const { tier, when, keep } = one as Record<string, unknown>
    if (typeof tier !== 'string' || !knows(when, form) || (keep !== undefined && keep !== null && !knows(keep, form))) return null
    rules.push({ id: ++last, tier, when: when as Condition, keep: (keep as Condition | null | undefined) ?? null })
  }
  return {
    rules,
    best_share: shown((best as number | undefined) ?? USUAL.best_share),
    tail_share: shown((tail as number | undefined) ?? USUAL.tail_share),
    short_history: (short as string | undefined) ?? USUAL.short_history,
  }
}

/** A typed percentage as a share of 0 to 1; null where it is none. */
export function shareOf(typed: string): number | null {
  const clean = typed.normalize('NFKC').replace(/[\s%]/gu, '')
  if (!/^\d+(\.\d+)?$/u.test(clean)) return null
  const share = Math.round(Number(clean) * 1e4) / 1e6
  return share <= 1 ? share : null
}

export function sheetFaults(sheet: RuleSheet): SheetFault[] {
  const [best, tail] = [shareOf(sheet.best_share), shareOf(sheet.tail_share)]
  const found: SheetFault[] = []
  if (best === null) found.push({ at: 'best_share', code: 'share' })
  if (tail === null) found.push({ at: 'tail_share', code: 'share' })
  if (best !== null && tail !== null && Math.round((best + tail) * 1e6) > 1e6) found.push({ at: 'tail_share', code: 'together' })
  if (sheet.rules.length > MOST_RULES) found.push({ at: 'tiers', code: 'many' })
  return found
}

/** The rules as the hub takes them. Look at the faults first: a rule without conditions is left out. */
export function toDocument(sheet: RuleSheet): RuleDocument {
  const tiers = sheet.rules.flatMap(({ tier, when, keep }) => (when ? [keep ? { tier, when, keep } : { tier, when }] : []))
  return { tiers, best_share: shareOf(sheet.best_share) ?? USUAL.best_share, tail_share: shareOf(sheet.tail_share) ?? USUAL.tail_share, short_history: sheet.short_history }
}

/** The same rules are the same text: what was left out stands in it, and keys have one order. */
export function textOf(document: RuleDocument): string {
  const tiers = Array.isArray(document.tiers) ? document.tiers.map((one) => ({ ...one, keep: one.keep ?? undefined })) : document.tiers
  return JSON.stringify(sorted({ ...USUAL, ...document, tiers }))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, held]) => [key, sorted(held)]))
}

/** One way in which two versions differ; `tier` names the rule, `before` and `after` hold a condition or a share. */
export interface SheetChange {
  kind: 'added' | 'removed' | 'when' | 'keep' | 'order' | 'best_share' | 'tail_share' | 'short_history'
  tier?: string
  before?: unknown
  after?: unknown
}

/** How rules differ from those before, rule by rule: the second rule of a tier is compared with its second before. */
export function changesOf(before: RuleDocument, after: RuleDocument): SheetChange[] {
  const [old, now] = [numbered(before), numbered(after)]
  const found: SheetChange[] = []
  for (const [key, rule] of now) {
    const was = old.get(key)
    if (!was) found.push({ kind: 'added', tier: rule.tier, after: rule.when })
    else {
      if (!same(was.when, rule.when)) found.push({ kind: 'when', tier: rule.tier, before: was.when, after: rule.when })
      if (!same(was.keep, rule.keep)) found.push({ kind: 'keep', tier: rule.tier, before: was.keep, after: rule.keep })
    }
  }
  for (const [key, rule] of old) if (!now.has(key)) found.push({ kind: 'removed', tier: rule.tier, before: rule.when })
  const order = (one: Map<string, unknown>, other: Map<string, unknown>): string => [...one.keys()].filter((key) => other.has(key)).join(' ')
  if (order(old, now) !== order(now, old)) found.push({ kind: 'order', after: [...now.values()].map((rule) => rule.tier) })
  for (const key of ['best_share', 'tail_share', 'short_history'] as const) {
    const [was, is] = [before[key] ?? USUAL[key], after[key] ?? USUAL[key]]
    if (was !== is) found.push({ kind: key, before: was, after: is })
  }
  return found
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(sorted(one ?? null)) === JSON.stringify(sorted(other ?? null))

function numbered(document: RuleDocument): Map<string, RuleDocument['tiers'][number]> {
  const counts = new Map<string, number>()
  const rules = Array.isArray(document.tiers) ? document.tiers : []
  return new Map(
    rules.map((rule) => {
      const count = (counts.get(rule.tier) ?? 0) + 1
      counts.set(rule.tier, count)
      return [`${rule.tier} ${count}`, rule]
    }),
  )
}

/** Where the hub says that something is wrong: "tiers[0].when.all[1].is" → the rule, its part and the path in that. */
export function placeOf(path: string): { rule: number; part: string; path: string } | null {
  const match = /^tiers\[(\d+)\](?:\.(when|keep|tier))?(.*)$/u.exec(path)
  return match ? { rule: Number(match[1]), part: match[2] ?? '', path: `rule${match[3] ?? ''}` } : null
}
