import { useI18n } from 'vue-i18n'

import type { OverflowRule } from '@/shared/api/setup_types'
import { sentenceOf } from '../domain/conditions'
import { useNames } from '../fields/named'
import { useDocument } from '../use_draft'

/** Rules of the overflow by the names of queues and teams. */
export function useRuleWords() {
  const { t, locale } = useI18n()
  const { setup } = useDocument()
  const { nameOf } = useNames()
  const helperOf = (rule: OverflowRule): string => nameOf(rule.team ? setup.value.teams.find((one) => one.key === rule.team) : setup.value.queues.find((one) => one.key === rule.queue))
  const queueOf = (key: string): string => nameOf(setup.value.queues.find((one) => one.key === key))
  const ruleOf = (queue: string, rule: OverflowRule, when: string): string => t('setup.overflow.ruleOf', { queue: queueOf(queue), helper: helperOf(rule), when })
  const sentence = (rule: OverflowRule): string => sentenceOf(rule, locale.value)
  return { helperOf, queueOf, ruleOf, sentence }
}
