import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { getMyDay, type MyDay } from '@/shared/api/my_day'
import { useLive } from '@/stores/live'

const EVERY_MS = 60_000
const SOON_MS = 1_500

/** One's own figures, read again while they are looked at: after each contact, and once a minute. */
export function useMyDay(): { day: Ref<MyDay | null>; problem: Ref<string>; reload: () => Promise<void> } {
  const live = useLive()
  const day = ref<MyDay | null>(null)
  const problem = ref('')
  let timer: number | undefined

  async function reload(): Promise<void> {
    window.clearTimeout(timer)
    try {
      day.value = await getMyDay()
      problem.value = ''
    } catch (error) {
      problem.value = messageOf(error)
    }
    timer = window.setTimeout(again, EVERY_MS)
  }

  function again(): void {
    if (document.visibilityState === 'visible') void reload()
    else timer = window.setTimeout(again, EVERY_MS)
  }

  onMounted(reload)
  watch([() => live.contacts.length, () => live.me?.state], () => {
    window.clearTimeout(timer)
    timer = window.setTimeout(again, SOON_MS)
  })
  onBeforeUnmount(() => window.clearTimeout(timer))
  return { day, problem, reload }
}
