import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import type { KeepingPreview } from '@/shared/api/keeping_types'
import { previewKeeping } from '@/shared/api/setup'
import { isSound, queuesOwn } from '../domain/keeping'
import { useDocument } from '../use_draft'

const ASK_AFTER_MS = 400

/** What would go today by the days of the draft: asked once nothing was typed for a moment; null while it is not known. */
export function useKeepingPreview(): { found: Ref<KeepingPreview | null>; sound: Ref<boolean>; trouble: Ref<string> } {
  const { setup } = useDocument()
  const found = ref<KeepingPreview | null>(null)
  const trouble = ref('')
  const keep = computed(() => setup.value.privacy.keep)
  const queues = computed(() => queuesOwn(setup.value))
  const sound = computed(() => isSound(keep.value, queues.value))
  const asked = computed(() => (sound.value ? JSON.stringify([{ ...keep.value, deletes: false }, queues.value]) : ''))
  let turn = 0
  let timer: number | undefined

  async function ask(): Promise<void> {
    const mine = ++turn
    try {
      const answer = await previewKeeping(keep.value, queues.value)
      if (mine === turn) found.value = answer
    } catch (error) {
      if (mine === turn) trouble.value = messageOf(error)
    }
  }

  function askSoon(wait_ms: number): void {
    turn += 1 // an answer that is under way is to other days
    window.clearTimeout(timer)
    found.value = null
    trouble.value = ''
    if (asked.value !== '') timer = window.setTimeout(() => void ask(), wait_ms)
  }
  watch(asked, () => askSoon(ASK_AFTER_MS))
  askSoon(0)
  onScopeDispose(() => {
    turn += 1
    window.clearTimeout(timer)
  })
  return { found, sound, trouble }
}
