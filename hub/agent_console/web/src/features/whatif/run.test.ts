import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'

import { ApiError } from '@/shared/api/http'
import type { Line } from '@/shared/api/whatif_types'
import { useRun, type Run } from './run'

/** Use it as a page does; `leave` is what happens when the page is left. */
function aRun(): { run: Run<string>; leave: () => void } {
  let run: Run<string> | undefined
  const app = createApp({
    setup() {
      run = useRun<string>()
      return () => null
    },
  })
  app.mount(document.createElement('div'))
  return { run: run!, leave: () => app.unmount() }
}

async function* says(...lines: Line<string>[]): AsyncGenerator<Line<string>> {
  for (const line of lines) yield await Promise.resolve(line)
}

/** Goes on until it is stopped. */
async function* goesOn(signal: AbortSignal): AsyncGenerator<Line<string>> {
  yield { progress: { step: 'play', share: 0.5, left_s: 3 } }
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))))
}

async function* busy(): AsyncGenerator<Line<string>> {
  await Promise.resolve()
  throw new ApiError(409, 'whatif.busy', 'busy')
}

describe('a question to the hub', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  it('ends with its answer, or with its problem', async () => {
    const { run } = aRun()
    await run.ask(() => says({ progress: { step: 'read', share: null, left_s: null } }, { answer: 'yes' }))
    expect([run.answer.value, run.running.value, run.problem.value]).toEqual(['yes', false, ''])
    await run.ask(() => says({ problem: { code: 'other', message: 'No.' } }))
    expect([run.answer.value, run.running.value, run.problem.value]).toEqual(['yes', false, 'No.'])
  })

  it('says so when it breaks off without either', async () => {
    const { run } = aRun()
    await run.ask(() => says({ progress: { step: 'play', share: 0.1, left_s: null } }))
    expect(run.running.value).toBe(false)
    expect(run.problem.value).not.toBe('')
  })

  it.each(['cancel', 'leave'] as const)('is stopped without a word by %s', async (how) => {
    const { run, leave } = aRun()
    let stopped = false
    const asked = run.ask((signal) => {
      signal.addEventListener('abort', () => (stopped = true))
      return goesOn(signal)
    })
    await vi.advanceTimersByTimeAsync(1)
    expect(run.progress.value?.share).toBe(0.5)
    if (how === 'leave') leave()
    else run.cancel()
    await asked
    expect([stopped, run.running.value, run.problem.value]).toEqual([true, false, ''])
  })

  it('waits for the hub to notice what was stopped here, and for nobody else', async () => {
    const { run } = aRun()
    const first = run.ask(goesOn)
    await vi.advanceTimersByTimeAsync(1)
    run.cancel()
    await first
    let times = 0
    const second = run.ask(() => (++times < 3 ? busy() : says({ answer: 'yes' })))
    await vi.advanceTimersByTimeAsync(2_000)
    await second
    expect([times, run.answer.value, run.problem.value]).toEqual([3, 'yes', ''])
    await vi.advanceTimersByTimeAsync(10_000)
    await run.ask(busy)
    expect(run.problem.value).not.toBe('')
  })
})
