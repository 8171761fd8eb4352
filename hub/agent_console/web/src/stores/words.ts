import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { listMacros, listResponses, type CannedResponse, type Macro } from '@/shared/api/words'
import { useSetup } from './setup'

/** Canned responses and macros this user is offered: asked for once they are needed, and again when the hub says they changed. */
export const useWords = defineStore('words', () => {
  const setup = useSetup()
  const responses = ref<CannedResponse[]>([])
  const macros = ref<Macro[]>([])
  const loaded = ref(false)
  let asking: Promise<void> | undefined

  function load(again = false): Promise<void> {
    if (again) asking = undefined
    asking ??= Promise.all([listResponses(), listMacros()]).then(
      ([found, done]) => {
        responses.value = found.items
        macros.value = done.items
        loaded.value = true
      },
      (error: unknown) => {
        asking = undefined
        throw error
      },
    )
    return asking
  }
  watch(
    () => setup.value,
    () => void (asking && load(true).catch(() => undefined)), // what was there stays
  )

  return { responses, macros, loaded, load }
})
