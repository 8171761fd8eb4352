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
      { key: 'front', zh: '前台', en: 'Front desk', branch: false, region: '', zone: '', sees_all: false, signature: {} },
      { key: 'back', zh: '后台', en: 'Back office', branch: false, region: '', zone: '', sees_all: false, signature: {} },
    ],
    hours: { default: '24x7', calendar: 'CN+workdays' },
    special_days: {},
    skills: [{ key: 'english', zh: '英语', en: 'English', language: 'en' }],
    service_level: {}, short_abandon_s: {}, cap_s: {}, cap_every: 3, public_promise_s: {}, profiles: { trainee: { webchat: 1 } },
    wrap_up: { limit_s: { phone: 45 }, mode: {} },
    callback: null,
    entry_points: [], reasons: [], outcomes: [], closing_fields: [], next_actions: [], not_ready_reasons: [], decline_reasons: [], canned: [], sla_policies: [], agents: {},
    next_reply_s: { webchat: { warn: 60, late: 120 } },
    presence: { lost_s: 20, supervisors_read_unseen: true, supervisors_listen_unseen: true, return_s: { webchat: 60, email: 900 } },
    offer: { timeout_s: { phone: 15, webchat: 20, callback: 30 }, missed: { phone: 1, webchat: 2 }, connect_s: 10, connects: ['phone'], backoff_s: [30, 60, 120], no_decline: ['phone'], decline_needs_reason: true, pull: 'supervisors' },
    capacity: { total: 100, cost: { phone: 100, webchat: 33, email: 25 }, max: { phone: 1, webchat: 3, email: 2 }, interruptible: ['email'], business_time: ['email'], comfort: { webchat: 2 }, reserve_idle: { phone: 1 }, interrupted_s: 1800, untouched_s: 3600 },
    sticky: { wait_s: { email: 1800 }, window_s: { phone: 86_400 }, redial_s: { phone: 600 } },
    privacy: { hide_card_numbers: true, originals: 'supervisor', keep: { deletes: false, anonymous_chats_days: 90, chats_days: 1095, mails_days: 1095, faxes_days: 1095, texts_days: 1095, calls_days: 1095, originals_days: 365, access_log_days: 365 } },
    value: { currency: 'CNY', window_days: 365, margin: 1, nightly: true, run_at: '03:30' },
    allocation: { rules: [], absent: [], absent_after_hours: 72, touch_within_minutes: 240 }, plans: [], templates: {}, side_panel: { order: [], hidden: [], links: [] },
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
