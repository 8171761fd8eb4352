import { computed, onBeforeUnmount, onDeactivated, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import { texts } from '@/i18n'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import type { Line, Progress } from '@/shared/api/whatif_types'

export interface Run<T> {
  answer: ShallowRef<T | null>
  progress: Ref<Progress | null>
  problem: Ref<string>
  running: ComputedRef<boolean>
  /** Ask; what was asked before is dropped. */
  ask: (lines: (signal: AbortSignal) => AsyncGenerator<Line<T>>) => Promise<void>
  cancel: () => void
}

/** The hub notices within so long that we do not listen any more, and has room again. */
const NOTICED_MS = 4_000
const AGAIN_MS = 500

/** When a question of this page was stopped last, whichever it was. */
let stoppedAt = -NOTICED_MS

/** One question at a time to the hub: progress, then an answer or a problem. Leaving it ends it. */
export function useRun<T>(): Run<T> {
  const answer = shallowRef<T | null>(null)
  const progress = ref<Progress | null>(null)
  const problem = ref('')
  let asking: AbortController | undefined

  async function ask(lines: (signal: AbortSignal) => AsyncGenerator<Line<T>>): Promise<void> {
    cancel()
    const mine = (asking = new AbortController())
    progress.value = { step: 'start', share: null, left_s: null }
    problem.value = ''
    try {
      await listen(lines, mine.signal)
      if (mine.signal.aborted) return
      if (asking === mine && progress.value && !problem.value) problem.value = texts.t('whatif.broken')
    } catch (error) {
      if (mine.signal.aborted) return
      problem.value = messageOf(error)
    } finally {
      if (asking === mine) progress.value = null
    }
  }

  /** What was stopped a moment ago may still be in the way: then ask once more. */
  async function listen(lines: (signal: AbortSignal) => AsyncGenerator<Line<T>>, signal: AbortSignal): Promise<void> {
    try {
      for await (const line of lines(signal)) {
        if (signal.aborted) return
        take(line)
      }
    } catch (error) {
      const inOurWay = error instanceof ApiError && error.code === 'whatif.busy' && performance.now() - stoppedAt < NOTICED_MS
      if (!inOurWay) throw error
      await new Promise((resolve) => window.setTimeout(resolve, AGAIN_MS))
      if (!signal.aborted) await listen(lines, signal)
    }
  }

  function take(line: Line<T>): void {
    if (line.progress) progress.value = line.progress
    if (line.answer) {
      answer.value = line.answer
      progress.value = null
    }
    if (line.problem) {
      problem.value = messageOf(new ApiError(422, line.problem.code, line.problem.message))
      progress.value = null
    }
  }

  function cancel(): void {
    if (progress.value) stoppedAt = performance.now()
    asking?.abort()
    asking = undefined
    progress.value = null
  }

  onBeforeUnmount(cancel)
  onDeactivated(cancel)
  return { answer, progress, problem, running: computed(() => progress.value !== null), ask, cancel }
}

/** On a narrow screen the answer is below the question: bring it into sight. */
export function showBelow(element: HTMLElement | null): void {
  if (!element || element.getBoundingClientRect().top < window.innerHeight / 2) return
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
}
