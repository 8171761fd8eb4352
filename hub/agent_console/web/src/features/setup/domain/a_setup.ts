import type { OverflowRule, Queue, ReasonPart, SetupDocument } from '@/shared/api/setup_types'
import { newQueue } from './queues'

/** A small set-up for tests: three tiers, two teams, queues as given. */
export function aSetup(changes: Partial<SetupDocument> = {}): SetupDocument {
  return {
    organisation: 'Lakeside',
    timezone: 'Asia/Shanghai',
    tiers: [
      { key: 'gold', zh: '金牌', en: 'Gold', chip: true, agents_see: '' },
      { key: 'standard', zh: '普通', en: 'Standard', chip: false, agents_see: '' },
      { key: 'low', zh: '基础', en: 'Basic', chip: false, agents_see: 'standard' },
    ],
    default_tier: 'standard',
    target_s: { phone: [10, 40, 60], email: [3600, 14_400, 28_800] },
    queues: [aQueue('support'), aQueue('finance')],
    teams: [
      { key: 'front', zh: '前台', en: 'Front desk', branch: false, region: '', zone: '', sees_all: false },
      { key: 'back', zh: '后台', en: 'Back office', branch: false, region: '', zone: '', sees_all: false },
    ],
    hours: { default: '24x7', calendar: 'CN+workdays' },
    special_days: {},
    skills: [{ key: 'english', zh: '英语', en: 'English', language: 'en' }],
    service_level: {}, short_abandon_s: {}, cap_s: {}, cap_every: 3, public_promise_s: {}, profiles: { trainee: { webchat: 1 } },
    wrap_up: { limit_s: { phone: 45 }, mode: {} },
    callback: null,
    entry_points: [], reasons: [], outcomes: [], closing_fields: [], next_actions: [], not_ready_reasons: [], decline_reasons: [], canned: [], sla_policies: [], agents: {},
    value: { currency: 'CNY', window_days: 365, margin: 1, nightly: true, run_at: '03:30' },
    allocation: { rules: [], absent: [], absent_after_hours: 72, touch_within_minutes: 240 }, plans: [], templates: {},
    ...changes,
  }
}

export const aQueue = (key: string, changes: Partial<Queue> = {}): Queue => ({ ...newQueue(key, key, key, ['front']), ...changes })

/** A reason with those below it. */
export const aReason = (key: string, children: ReasonPart[] = [], changes: Partial<ReasonPart> = {}): ReasonPart => ({
  key, zh: key, en: key, code: '', queues: [], complaint: false, asks: [], children, ...changes,
})

/** An overflow rule after a minute, with what is given. */
export const help = (to: Partial<OverflowRule>): OverflowRule => ({ team: '', queue: '', after_s: 60, over_waiting: 0, when_closed: false, when_nobody: false, own_first: true, ...to })
