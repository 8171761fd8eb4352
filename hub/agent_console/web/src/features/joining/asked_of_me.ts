import { onScopeDispose, ref, watch, type Ref } from 'vue'

import { listAsked, type Asked } from '@/shared/api/joining'
import { useLive } from '@/stores/live'

const questions = ref<Asked[]>([])
let users = 0

async function load(): Promise<void> {
  try {
    questions.value = (await listAsked()).items
  } catch {
    // The list stays as it was; the next change, or a new connection, asks again.
  }
}

/** Questions of colleagues to me, for whoever shows them: read at first, after a reconnect, and when told of a change. */
export function useAskedOfMe(): { questions: Ref<Asked[]>; load: () => Promise<void> } {
  const live = useLive()
  users += 1
  if (users === 1) void load()
  watch(
    () => live.stale,
    (stale) => stale?.code === 'consults_changed' && void load(),
  )
  watch(
    () => live.picture.at,
    () => void load(),
  )
  onScopeDispose(() => (users -= 1))
  return { questions, load }
}
