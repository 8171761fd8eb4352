import type { EntryPointPart, Queue, QueueCallback, SetupDocument } from '@/shared/api/setup_types'
import { branchesOf, type PhoneMenu } from './menu'

export const KEY = /^[a-z0-9][a-z0-9_-]{0,62}$/u

/** A key out of a name: "Spare parts" → "spare-parts"; "" where the name has no Latin letters. */
export function keyFrom(name: string): string {
  return name.toLowerCase().normalize('NFKD').replace(/[\u0300-\u036f]/gu, '').replace(/[^a-z0-9]+/gu, '-').replace(/^-+|-+$/gu, '').slice(0, 40)
}

export function newQueue(key: string, zh: string, en: string, teams: string[]): Queue {
  return {
    key, zh, en, teams, hours: 'default', strict: false, urgent: false, target_s: {}, service_level: {}, cap_s: {}, public_promise_s: {},
    short_abandon_s: {}, wrap_up_s: {}, wrap_up_mode: {}, reserve: [], requires: [], overflow: [], language_grade: 0, disposition_required: true, survey: true, callback: null,
    recording: { mode: 'off', keep_days: 180, remind_s: 60, pause_on_hold: false }, listen_unseen: null,
    keep: { anonymous_chats_days: null, chats_days: null, mails_days: null, faxes_days: null, texts_days: null, calls_days: null },
  }
}

export const callbackWith = (enabled: boolean): QueueCallback => ({
  enabled, mode: null, offer_over_s: null, after_hours: null, attempts: null, first_delay_s: null, gap_s: null, window: null,
  abandoned_for: null, abandoned_over_s: null, voicemail: null,
})

/** Whether a queue calls back, by its own rule or by that of all queues. */
export const callsBack = (setup: SetupDocument, queue: Queue): boolean => queue.callback?.enabled ?? setup.callback !== null

/** Switch it on or off; where that is what holds anyway and nothing else differs, nothing is written. */
export function setCallsBack(setup: SetupDocument, queue: Queue, on: boolean): void {
  const own = queue.callback
  const differs = own !== null && Object.entries(own).some(([name, value]) => name !== 'enabled' && value !== null)
  if (on === (setup.callback !== null) && !differs) queue.callback = null
  else queue.callback = own ? { ...own, enabled: on } : callbackWith(on)
}

export interface QueueUse {
  kind: 'entryPoint' | 'overflow' | 'sla' | 'reason' | 'canned'
  key: string
}

interface Node {
  key: string
  queues: string[]
  children: unknown[]
}

const flat = (nodes: Node[]): Node[] => nodes.flatMap((node) => [node, ...flat(node.children as Node[])])

const menuOf = (point: EntryPointPart) => branchesOf(point.settings['menu'] as PhoneMenu | undefined)

/** Where a queue is named: who retires it says which one stands in its place there. */
export function usesOfQueue(setup: SetupDocument, key: string): QueueUse[] {
  const others = setup.queues.filter((queue) => queue.key !== key)
  return [
    ...setup.entry_points.filter((point) => point.queue === key || menuOf(point).some((one) => one.queue === key)).map((point) => ({ kind: 'entryPoint' as const, key: point.key })),
    ...others.filter((queue) => queue.overflow.some((rule) => rule.queue === key)).map((queue) => ({ kind: 'overflow' as const, key: queue.key })),
    ...setup.sla_policies
      .filter((policy) => policy.queues.includes(key) || policy.escalations.some((one) => one.action === 'move' && one.to === key))
      .map((policy) => ({ kind: 'sla' as const, key: policy.key })),
    ...flat(setup.reasons).filter((reason) => reason.queues.includes(key)).map((reason) => ({ kind: 'reason' as const, key: reason.key })),
    ...setup.canned.filter((text) => text.queues.includes(key)).map((text) => ({ kind: 'canned' as const, key: text.key })),
  ]
}

/** Take a queue out; `instead` stands wherever it was named. */
export function retireQueue(setup: SetupDocument, key: string, instead: string): void {
  setup.queues = setup.queues.filter((queue) => queue.key !== key)
  if (instead === '') return
  const swap = (list: string[]): string[] => (list.includes(key) ? [...new Set(list.map((one) => (one === key ? instead : one)))] : list)
  setup.entry_points.filter((point) => point.queue === key).forEach((point) => (point.queue = instead))
  setup.entry_points.flatMap(menuOf).filter((one) => one.queue === key).forEach((one) => (one.queue = instead))
  for (const queue of setup.queues) {
    if (!queue.overflow.some((rule) => rule.queue === key)) continue
    queue.overflow.filter((rule) => rule.queue === key).forEach((rule) => (rule.queue = instead))
    queue.overflow = queue.overflow.filter((rule) => rule.queue !== queue.key) // nobody helps themselves
  }
  for (const policy of setup.sla_policies) {
    policy.queues = swap(policy.queues)
    policy.escalations.filter((one) => one.action === 'move' && one.to === key).forEach((one) => (one.to = instead))
  }
  flat(setup.reasons).forEach((reason) => (reason.queues = swap(reason.queues)))
  setup.canned.forEach((text) => (text.queues = swap(text.queues)))
}
