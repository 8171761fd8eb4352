import type { Arm, Campaign, CampaignBody, CampaignState, Mail, Share } from '@/shared/api/campaigns'
import { ApiError } from '@/shared/api/http'
import { localStamp } from '@/shared/lib/time'

export const NEW = 'new'
export const LANGUAGES = ['zh-CN', 'en'] as const
const DAY_MS = 86_400_000

export type Say = (key: string, values?: Record<string, unknown>) => string

/** What is typed of a draft; times as fields take them. `by`: which of group and list is meant; the other one is kept until it is saved. */
export interface Draft extends Omit<CampaignBody, 'starts_at' | 'ends_at'> {
  by: 'group' | 'list'
  starts: string
  ends: string
}

export const TONES: Record<CampaignState, 'neutral' | 'accent' | 'ok' | 'warn'> = {
  draft: 'neutral',
  running: 'accent',
  paused: 'warn',
  done: 'ok',
  stopped: 'neutral',
}

export function emptyDraft(entryPointId: string, now: number): Draft {
  return {
    by: 'group', zh: '', en: '', purpose: 'marketing', entry_point_id: entryPointId, group_key: null, customer_ids: [], material: null, survey_key: null,
    starts: '', ends: localStamp(new Date(now + 7 * DAY_MS)), result_days: 14, pace_per_hour: 600,
    arms: [{ key: 'a', share: 90, holdout: false, texts: emptyTexts() }, { key: 'holdout', share: 10, holdout: true, texts: {} }],
    version: 0,
  }
}

export function emptyTexts(): Record<string, Mail> {
  return Object.fromEntries(LANGUAGES.map((language) => [language, { subject: '', text: '' }]))
}

export function draftOf(one: Campaign): Draft {
  const { line } = one
  const arms = one.arms.map((arm) => ({ ...arm, texts: arm.holdout ? {} : { ...emptyTexts(), ...arm.texts } }))
  return {
    by: one.customer_ids.length > 0 ? 'list' : 'group', zh: line.zh, en: line.en, purpose: line.purpose, entry_point_id: one.entry_point_id, group_key: one.group_key, customer_ids: one.customer_ids,
    material: one.material, survey_key: one.survey_key, starts: localStamp(new Date(line.starts_at)), ends: localStamp(new Date(line.ends_at)),
    result_days: one.result_days, pace_per_hour: one.pace_per_hour, arms, version: line.version,
  }
}

/** Texts that were left empty in one language are not there. */
export function bodyOf(draft: Draft, key: string): CampaignBody {
  const { by, starts, ends, ...rest } = draft
  const written = (mail: Mail): boolean => mail.subject.trim() !== '' || mail.text.trim() !== ''
  const arms = draft.arms.map((arm) => ({
    ...arm,
    texts: arm.holdout ? {} : Object.fromEntries(Object.entries(arm.texts).filter(([, mail]) => written(mail))),
  }))
  return {
    ...rest,
    arms,
    material: draft.material?.trim() || null,
    survey_key: draft.purpose === 'survey' ? draft.survey_key || key : null,
    group_key: by === 'group' ? draft.group_key || null : null,
    customer_ids: by === 'list' ? draft.customer_ids : [],
    starts_at: starts ? new Date(starts).toISOString() : null,
    ends_at: new Date(ends || Date.now()).toISOString(),
  }
}

/** The key of a new campaign: its name as far as that can stand in an address, and the day. */
export function keyOf(name: string, now: number): string {
  const plain = name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/gu, '-').replace(/^-+|-+$/gu, '').slice(0, 40)
  return `${plain || 'campaign'}-${now.toString(36).slice(-6)}`
}

/** The keys of arms are letters; the next one that is free. */
export function nextArm(arms: readonly Arm[]): string {
  return [...'abcdef'].find((key) => !arms.some((arm) => arm.key === key)) ?? `arm-${arms.length + 1}`
}

/** As hub/campaigns/model.py writes it: one pass, so what stands in a name is no placeholder. */
export function fill(text: string, name: string, sender: string): string {
  return text.replace(/\{(name|sender)\}/gu, (_, place: string) => (place === 'name' ? name : sender))
}

export function total(counts: Record<string, number> | Partial<Record<string, number>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

export function rateWords(share: Share, locale: string): string | null {
  if (share.rate === null || share.low === null || share.high === null) return null
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  return `${percent.format(share.rate)} (${percent.format(share.low)}–${percent.format(share.high)})`
}

/** What was refused, in the reader's language: one line for each place that is wrong. */
export function problemsOf(error: unknown, say: Say, has: (key: string) => boolean, usual: (error: unknown) => string): string[] {
  if (!(error instanceof ApiError)) return [usual(error)]
  const places = (error.body['problems'] as { path: string }[] | undefined) ?? []
  const known = places.map((one) => `campaigns.wrong.${one.path.replace(/\[\d+\]/gu, '').split('.').slice(0, 2).join('_')}`)
  if (known.length > 0) return [...new Set(known)].map((key) => say(has(key) ? key : 'campaigns.wrong.other'))
  const own = `campaigns.error.${error.code.replace('campaign.', '')}`
  return [error.code.startsWith('campaign.') && has(own) ? say(own) : usual(error)]
}
