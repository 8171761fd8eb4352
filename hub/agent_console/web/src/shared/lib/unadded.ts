import { onScopeDispose, shallowReactive, watchEffect } from 'vue'

/** What is chosen from a list and was not added (ChooseToAdd): whoever saves is told, and led there. */
export interface Unadded {
  label: string
  show: () => void
}
export const unadded = shallowReactive(new Map<symbol, Unadded>())

/** Keep `label()` among them while there is one. */
export function keepUnadded(label: () => string, show: () => void): void {
  const id = Symbol('unadded')
  watchEffect(() => {
    const now = label()
    if (now) unadded.set(id, { label: now, show })
    else unadded.delete(id)
  })
  onScopeDispose(() => unadded.delete(id))
}
