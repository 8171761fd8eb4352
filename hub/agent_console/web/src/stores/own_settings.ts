import { watch, type Ref } from 'vue'

import { saveSettings } from '@/shared/api/account'
import { ApiError } from '@/shared/api/http'
import { readStored, writeStored } from '@/shared/lib/stored'

const SAVE_AFTER_MS = 800
const OWNER = 'settingsOf' // whose the settings in this browser are

export interface OwnSetting {
  ref: Ref<unknown>
  /** What it is for a person who never chose. */
  standard: unknown
}

/**
 * Settings that go with the person, not with the browser: the hub keeps them. What it has wins at sign-in;
 * what is changed afterwards is told to it. Without the hub they stay in this browser, as they do anyway. Who
 * signs in after somebody else begins with the standard ones, where the hub has none of theirs.
 */
export function keepWithPerson(settings: Record<string, OwnSetting>): (userId: string, kept: Record<string, unknown>) => void {
  const mine = Object.fromEntries(Object.entries(settings).map(([name, one]) => [name, one.ref]))
  let known: Record<string, unknown> | null = null // what the hub has; null before anybody signed in
  let timer: number | undefined

  const differs = (name: string): boolean => JSON.stringify(mine[name]?.value) !== JSON.stringify(known?.[name])

  async function save(): Promise<void> {
    if (!known || !Object.keys(mine).some(differs)) return
    const wanted = { ...known, ...Object.fromEntries(Object.entries(mine).map(([name, value]) => [name, value.value])) }
    try {
      await saveSettings(wanted)
      known = copyOf(wanted)
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

  return (userId, kept) => {
    window.clearTimeout(timer) // what the one before changed last is not told as this one's
    const another = readStored(OWNER, userId) !== userId
    writeStored(OWNER, userId)
    known = { ...kept }
    for (const [name, { ref: value, standard }] of Object.entries(settings)) {
      const theirs = kept[name]
      if (isLike(theirs, standard)) value.value = theirs
      else if (another) value.value = copyOf(standard)
    }
  }
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

function isLike(value: unknown, standard: unknown): boolean {
  return value !== undefined && value !== null && typeof value === typeof standard && Array.isArray(value) === Array.isArray(standard)
}
