import { watch, type Ref } from 'vue'

import { saveSettings } from '@/shared/api/account'
import { ApiError } from '@/shared/api/http'

const SAVE_AFTER_MS = 800

/**
 * Settings that go with the person, not with the browser: the hub keeps them. What it has wins at sign-in;
 * what is changed afterwards is told to it. Without the hub they stay in this browser, as they do anyway.
 */
export function keepWithPerson(mine: Record<string, Ref<unknown>>): (kept: Record<string, unknown>) => void {
  let known: Record<string, unknown> | null = null // what the hub has; null before anybody signed in
  let timer: number | undefined

  const differs = (name: string): boolean => JSON.stringify(mine[name]?.value) !== JSON.stringify(known?.[name])

  async function save(): Promise<void> {
    if (!known || !Object.keys(mine).some(differs)) return
    const settings = { ...known, ...Object.fromEntries(Object.entries(mine).map(([name, value]) => [name, value.value])) }
    try {
      await saveSettings(settings)
      known = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // the next change tries again
    }
  }

  watch(
    Object.values(mine),
    () => {
      window.clearTimeout(timer)
      if (known) timer = window.setTimeout(() => void save(), SAVE_AFTER_MS)
    },
    { deep: true },
  )

  return (kept) => {
    known = { ...kept }
    for (const [name, value] of Object.entries(mine)) {
      const theirs = kept[name]
      if (theirs !== undefined && theirs !== null && typeof theirs === typeof value.value && Array.isArray(theirs) === Array.isArray(value.value)) value.value = theirs
    }
  }
}
