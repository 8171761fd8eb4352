/** What the parts of a rule editor share: what may be asked, words, and what is wrong at which part. */
import { inject, provide, type InjectionKey, type Ref } from 'vue'

import type { RuleForm } from '@/shared/api/groups'
import type { Vocabulary } from './rule_words'

export interface RuleEditing {
  form: RuleForm
  vocabulary: Ref<Vocabulary>
  /** The sentence of what is wrong with a part, '' for nothing. */
  faultOf: (id: number) => string
  /** Fields in the order of their names in this language. */
  fields: Ref<{ value: string; label: string }[]>
}

const KEY: InjectionKey<RuleEditing> = Symbol('rule editing')
export const provideEditing = (editing: RuleEditing): void => provide(KEY, editing)

export function useEditing(): RuleEditing {
  const editing = inject(KEY)
  if (!editing) throw new Error('A part of a rule stands in a RuleEditor.')
  return editing
}
