import { keepEarlyKeys } from '@/shared/lib/early_keys'
import { useLatePart, type LatePart } from '@/shared/lib/late_part'

/** Where the bar does not come, the keys are given back. */
const EARLY_MS = 5_000

interface SearchBar {
  bar: LatePart
  open: () => Promise<void>
  /** What was typed since it was asked for; the keys are everyone's again. */
  typedEarly: () => string
}

/** The command bar, which may still be on its way when it is asked for: what is typed until it is there goes into it. */
export function useSearchBar(load: Parameters<typeof useLatePart>[0], failed: () => void): SearchBar {
  const bar = useLatePart(load)
  let early: (() => string) | undefined
  let timer: number | undefined

  function typedEarly(): string {
    window.clearTimeout(timer)
    const text = early?.() ?? ''
    early = undefined
    return text
  }

  async function open(): Promise<void> {
    if (bar.wanted.value) return
    early = keepEarlyKeys()
    timer = window.setTimeout(typedEarly, EARLY_MS)
    if (await bar.show()) return
    typedEarly()
    failed()
  }
  return { bar, open, typedEarly }
}
