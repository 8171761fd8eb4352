import { ref, watch, type Ref } from 'vue'

const PREFIX = 'hub.console.'

/** Read a value kept in this browser; `fallback` where there is none or it cannot be read. */
export function readStored<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(PREFIX + key)
    return text === null ? fallback : (JSON.parse(text) as T)
  } catch {
    return fallback // private mode or broken text: the setting is only a comfort
  }
}

/** Keep a value in this browser; `undefined` removes it. False when the browser refuses (full, private). */
export function writeStored(key: string, value: unknown): boolean {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

/** A ref that is kept in this browser under `key`. */
export function useStored<T>(key: string, fallback: T): Ref<T> {
  const value = ref(readStored(key, fallback)) as Ref<T>
  watch(value, (next) => writeStored(key, next), { deep: true })
  return value
}
