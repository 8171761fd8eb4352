import { computed, onBeforeUnmount, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

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

/** One question at a time to the hub: progress, then an answer or a problem. Leaving the page ends it. */
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
      for await (const line of lines(mine.signal)) {
        if (mine.signal.aborted) return
        take(line)
      }
      if (asking === mine && progress.value && !problem.value) problem.value = texts.t('whatif.broken')
    } catch (error) {
      if (mine.signal.aborted) return
      problem.value = messageOf(error)
    } finally {
      if (asking === mine) progress.value = null
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
    asking?.abort()
    asking = undefined
    progress.value = null
  }

  onBeforeUnmount(cancel)
  return { answer, progress, problem, running: computed(() => progress.value !== null), ask, cancel }
}

/** On a narrow screen the answer is below the question: bring it into sight. */
export function showBelow(element: HTMLElement | null): void {
  if (!element || element.getBoundingClientRect().top < window.innerHeight / 2) return
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' })
}
