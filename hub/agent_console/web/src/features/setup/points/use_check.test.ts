import { expect, it } from 'vitest'
import { createApp, type App } from 'vue'

import type { Finding } from '@/shared/api/points'
import { useCheck, type Check } from './use_check'

const found = (code: string): Finding => ({ verdict: 'well', what: code, mend: '', code, facts: {} })

it('shows the steps of the last check alone, however long the one before it takes', async () => {
  let goOn: (value: void) => void = () => undefined
  const slow = new Promise<void>((resolve) => (goOn = resolve))
  async function* check(wish: string | null): AsyncGenerator<Finding> {
    if (wish === 'first') await slow
    yield found(wish ?? '')
  }
  const [{ steps, running, run }, app] = onAPage(check)
  const first = run('first')
  expect(await run('second')).toBe(true)
  expect(running.value).toBe(false)
  goOn()
  expect(await first).toBe(false)
  expect(steps.value?.map((one) => one.code)).toEqual(['second'])
  app.unmount()
})

function onAPage(check: (wish: string | null) => AsyncGenerator<Finding>): [Check<string>, App] {
  let made: Check<string> | undefined
  const app = createApp({
    setup() {
      made = useCheck<string>(check)
      return () => null
    },
  })
  app.mount(document.createElement('div'))
  return [made!, app]
}
