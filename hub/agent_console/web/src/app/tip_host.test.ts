import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'

import TipHost from './TipHost.vue'

let app: App
beforeEach(() => {
  vi.useFakeTimers()
  document.body.innerHTML = '<button id="said" data-tip="Bold" aria-describedby="hint">B</button><button id="plain" data-tip="Italic">I</button>'
  app = createApp(TipHost)
  app.mount(document.body.appendChild(document.createElement('div')))
})
afterEach(() => {
  app.unmount()
  vi.useRealTimers()
})

const described = (): (string | null)[] => ['said', 'plain'].map((id) => document.getElementById(id)!.getAttribute('aria-describedby'))

async function over(id: string): Promise<void> {
  document.getElementById(id)!.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
  await vi.advanceTimersByTimeAsync(500)
}

it('describes an element besides what describes it anyway, and leaves that as it was', async () => {
  await over('said')
  expect(described()).toEqual(['hint tip', null])
  await over('plain')
  expect(described()).toEqual(['hint', 'tip'])
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  await nextTick()
  expect(described()).toEqual(['hint', null])
})
