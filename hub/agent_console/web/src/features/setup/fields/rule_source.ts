import { computed, onMounted, ref, type ComputedRef, type Ref } from 'vue'

import { loadRuleSource, type RuleSource } from '@/features/rules/source'
import { messageOf } from '@/shared/api/errors'
import { useDocument } from '../use_draft'
import { useNames } from './named'

/** What rules about customers may ask here: the tiers are those of the working copy. */
export function useRuleSource(): { source: ComputedRef<RuleSource | null>; trouble: Ref<string>; load: () => Promise<void> } {
  const { setup } = useDocument()
  const { options } = useNames()
  const found = ref<RuleSource | null>(null)
  const trouble = ref('')
  const source = computed(() => found.value && { ...found.value, tiers: options(setup.value.tiers) })
  async function load(): Promise<void> {
    trouble.value = ''
    try {
      found.value = await loadRuleSource()
    } catch (error) {
      trouble.value = messageOf(error)
    }
  }
  onMounted(() => void load())
  return { source, trouble, load }
}
