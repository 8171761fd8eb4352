import { texts } from '@/i18n'
import type { DeadlineKind, EscalationPart, Named, SetupDocument, SlaPolicyPart } from '@/shared/api/setup_types'
import { formatDuration } from '@/shared/lib/duration'
import { hoursName } from '../hours/named_hours'
import { deadlinesOf, OWNER, SUPERVISORS, targetOf, warnedBefore, type CourseStep } from './policies'

/** What policies are told with: the set-up they stand in, and who users are. */
export interface PolicyNames {
  setup: SetupDocument
  users: { name: string; email: string }[]
  locale: string
}

const nameOf = (list: Named[], key: string, locale: string): string => {
  const one = list.find((thing) => thing.key === key)
  return (one && (locale.startsWith('zh') ? one.zh : one.en)) || key
}
/** In Chinese a figure stands apart from the word before it. */
const either = (words: string[], locale: string): string => new Intl.ListFormat(locale, { type: 'disjunction' }).format(words).replace(/(?<=\p{Script=Han})(?=\d)/gu, ' ')

/** "Gold or Rising customers by E-mail (Finance)". */
export function whoWords(policy: SlaPolicyPart, { setup, locale }: PolicyNames): string {
  const named = (list: Named[], keys: string[]): string => either(keys.map((key) => nameOf(list, key, locale)), locale)
  let who = policy.tiers.length > 0 ? texts.t('setup.sla.who.tiers', { tiers: named(setup.tiers, policy.tiers) }) : texts.t('setup.sla.who.all')
  if (policy.channels.length > 0) who = texts.t('setup.sla.who.by', { who, channels: either(policy.channels.map((one) => texts.t(`setup.channel.${one}`)), locale) })
  return policy.queues.length > 0 ? texts.t('setup.sla.who.in', { who, queues: named(setup.queues, policy.queues) }) : who
}

/** "first reply within 2 h, by the hours of the queue". */
export function deadlineWords(policy: SlaPolicyPart, names: PolicyNames): string {
  const { locale } = names
  const told = deadlinesOf(policy).map((kind) => texts.t(`setup.sla.within.${kind}`, { time: formatDuration(targetOf(policy, kind) ?? 0, locale) }))
  if (told.length === 0) return texts.t('setup.sla.within.none')
  return texts.t('setup.sla.counted', { deadlines: told.join(texts.t('setup.comma')), hours: hoursWords(policy.hours, names) })
}

function hoursWords(hours: string, { setup, locale }: PolicyNames): string {
  if (hours === '') return texts.t('setup.sla.byQueueHours')
  return texts.t('setup.sla.byHours', { name: hoursName(setup, hours, locale.startsWith('zh'), texts.t('setup.hours.default')) })
}

/** Who hears of it in any case. */
function warnWords(policy: SlaPolicyPart, locale: string): string {
  const left = warnedBefore(policy).map((seconds) => formatDuration(seconds, locale))
  return left.length > 0 ? texts.t('setup.sla.warned', { time: either(left, locale) }) : texts.t('setup.sla.unwarned')
}

/** "supervisors are told". */
export function actWords(one: EscalationPart, { setup, users, locale }: PolicyNames): string {
  const user = users.find((other) => other.email.toLowerCase() === one.to.toLowerCase())?.name ?? one.to
  const nobody = texts.t('setup.sla.nobody')
  if (one.action === 'raise_priority') return texts.t('setup.sla.act.raise_priority', { n: one.priority })
  if (one.action === 'move') return texts.t('setup.sla.act.move', { queue: one.to === '' ? nobody : nameOf(setup.queues, one.to, locale) })
  if (one.action === 'assign') return texts.t('setup.sla.act.assign', { name: user || nobody })
  const who = one.to === OWNER || one.to === SUPERVISORS ? texts.t(`setup.sla.to.${one.to}`) : user || nobody
  return texts.t('setup.sla.act.notify', { who })
}

/** "1 h after the first reply is missed: supervisors are told". */
export function escalationWords(one: EscalationPart, names: PolicyNames): string {
  const what = texts.t(`setup.sla.of.${one.on || 'each'}`)
  const when = typeof one.at === 'number' ? texts.t('setup.sla.when.late', { what, time: formatDuration(one.at, names.locale) }) : texts.t(`setup.sla.when.${one.at}`, { what })
  return texts.t('setup.sla.step', { when, act: actWords(one, names) })
}

/** All that a policy means, as one would say it. */
export function policyWords(policy: SlaPolicyPart, names: PolicyNames): string {
  const says = texts.t('setup.sla.sentence', { who: whoWords(policy, names), deadlines: deadlineWords(policy, names) })
  if (deadlinesOf(policy).length === 0) return says
  return [says, warnWords(policy, names.locale), ...policy.escalations.map((one) => escalationWords(one, names))].join(names.locale.startsWith('zh') ? '' : ' ')
}

/** What happens at one step of a deadline: who hears of it anyway, and what the policy does. */
export function stepWords(step: CourseStep, names: PolicyNames): string {
  const anyway = step.name === 'late' ? [] : [texts.t(`setup.sla.anyway.${step.name}`)]
  return [...anyway, ...step.acts.map((one) => actWords(one, names))].join(texts.t('setup.comma'))
}

/** "First reply". */
export const kindWords = (kind: DeadlineKind): string => texts.t(`sla.${kind}`)
