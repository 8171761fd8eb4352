import { onScopeDispose, ref, type Ref } from 'vue'

const RESTS_AFTER_MS = 5_000

interface Pointed {
  pointed: Ref<boolean>
  /** For `v-on`. */
  on: { pointermove: () => void; pointerleave: () => void }
}

/** Whether a hand is at it: the pointer moves there, or did a moment ago. One that lies there is none. */
export function usePointed(): Pointed {
  const pointed = ref(false)
  let timer: number | undefined

  function rest(): void {
    window.clearTimeout(timer)
    pointed.value = false
  }
  function move(): void {
    window.clearTimeout(timer)
    pointed.value = true
    timer = window.setTimeout(rest, RESTS_AFTER_MS)
  }
  onScopeDispose(rest)
  return { pointed, on: { pointermove: move, pointerleave: rest } }
}
