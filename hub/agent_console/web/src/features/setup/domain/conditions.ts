import { texts } from '@/i18n'
import type { OverflowRule } from '@/shared/api/setup_types'
import { formatDuration } from '@/shared/lib/duration'

/** When a rule helps, one part for each condition; all have to hold. */
export function conditionsOf(rule: OverflowRule, locale: string): string[] {
  return [
    ...(rule.after_s > 0 ? [texts.t('setup.overflow.after', { time: formatDuration(rule.after_s, locale) })] : []),
    ...(rule.over_waiting > 0 ? [texts.t('setup.overflow.overWaiting', { n: rule.over_waiting })] : []),
    ...(rule.when_closed ? [texts.t('setup.overflow.whenClosed')] : []),
    ...(rule.when_nobody ? [texts.t('setup.overflow.whenNobody')] : []),
  ]
}

/** What stands between conditions that begin with "and". */
export const between = (locale: string): string => (locale.startsWith('zh') ? '，' : ' ')

/** The same with "and" before each but the first, to be put one after the other. */
export function joinedConditions(rule: OverflowRule, locale: string): string[] {
  return conditionsOf(rule, locale).map((part, index) => (index === 0 ? part : texts.t('setup.overflow.andPart', { part })))
}

/** "after 2 min and at least 10 waiting, while the helpers' own customers are in time". */
export function sentenceOf(rule: OverflowRule, locale: string): string {
  const parts = joinedConditions(rule, locale)
  const when = parts.length > 0 ? parts.join(between(locale)) : texts.t('setup.overflow.never')
  return rule.own_first ? texts.t('setup.overflow.ownFirstThen', { when }) : when
}
