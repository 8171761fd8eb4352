import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { decimalsOf, price } from '@/features/commitments/words'
import type { Condition } from '@/shared/api/value'
import { useSetup } from '@/stores/setup'
import { provideEditing } from './editing'
import { faultsOf, fromRule, newBlock, newLine, toRule, type Block, type RuleFault } from './rule_draft'
import { sentenceOf, type Vocabulary } from './rule_words'
import { fieldName } from './sentence'
import type { RuleSource } from './source'

/** Rules in words: with the names that the set-up in force gives, or those of the source. */
export function useRuleWords(source: () => RuleSource): { vocabulary: ComputedRef<Vocabulary>; sentence: (rule: Condition) => string } {
  const { t, locale } = useI18n()
  const setup = useSetup()
  const say = (name: string, values?: Record<string, unknown>): string => t(name, values ?? {})
  const label = (one: { id: string; zh: string; en: string }): { value: string; label: string } => ({ value: one.id, label: setup.inLocale(one) })
  const vocabulary = computed<Vocabulary>(() => ({
    form: source().form,
    tiers: source().tiers ?? (setup.value?.tiers ?? []).map(label),
    branches: (setup.value?.branches ?? []).map(label),
    users: source().users,
    zh: locale.value === 'zh-CN',
    say,
  }))
  const percent = (share: number): string => new Intl.NumberFormat(locale.value, { style: 'percent', maximumFractionDigits: 2 }).format(share)
  const sentence = (rule: Condition): string => sentenceOf(rule, vocabulary.value, (minor) => price(minor, source().form.currency, locale.value), percent)
  return { vocabulary, sentence }
}

/** What a new rule asks first. */
const USUAL_FIELDS = ['tier', 'revenue']

interface Editing {
  draft: Ref<Block>
  faults: ComputedRef<RuleFault[]>
  rule: ComputedRef<Condition>
  /** The rule in words, '' while something is wrong with it. */
  words: ComputedRef<string>
}

/** A rule that is written here; the parts of its editor below find it by themselves. `refused`: what the hub said of it. */
export function useRule(start: Condition | null, source: () => RuleSource, told: { asked: Ref<boolean>; refused: Ref<RuleFault[]> }): Editing {
  const { t, locale } = useI18n()
  const { vocabulary, sentence } = useRuleWords(source)
  const { form } = source()
  const places = decimalsOf(form.currency)
  const first = USUAL_FIELDS.find((field) => field in form.fields) ?? Object.keys(form.fields)[0] ?? ''
  const draft = ref(start ? fromRule(start, form, places) : newBlock('all', [newLine(first, form)]))
  const faults = computed(() => faultsOf(draft.value, form, places))
  const rule = computed(() => toRule(draft.value, places))
  const words = computed(() => (faults.value.length ? '' : sentence(rule.value)))
  const fields = computed(() =>
    Object.keys(form.fields)
      .map((value) => ({ value, label: fieldName(value, vocabulary.value.say) }))
      .sort((one, other) => one.label.localeCompare(other.label, locale.value)),
  )
  function faultOf(id: number): string {
    const own = told.refused.value.find((one) => one.id === id) ?? (told.asked.value ? faults.value.find((one) => one.id === id) : undefined)
    if (own?.code === 'hub') return String(own.values?.['text'] ?? '')
    return own ? t(`rules.fault.${own.code}`, own.values ?? {}) : ''
  }
  provideEditing({ form, vocabulary, faultOf, fields })
  return { draft, faults, rule, words }
}
