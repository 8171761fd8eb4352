import { createPinia } from 'pinia'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { i18n, loadTexts, setLocale } from '@/i18n'
import * as api from '@/shared/api/campaigns'
import { ApiError } from '@/shared/api/http'
import CampaignResults from './CampaignResults.vue'

vi.mock('@/shared/api/campaigns', () => ({ getCampaign: vi.fn(), getReport: vi.fn(), actOnCampaign: vi.fn(), listPeople: vi.fn() }))

const POLL_MS = 10_000
const stateOf = (state: api.CampaignState): api.Campaign =>
  ({ line: { key: 'spring', state, purpose: 'marketing', people: { due: 1 }, ends_at: '2026-03-20T00:00:00Z', finished_at: null }, pace_per_hour: 60, filling: false }) as api.Campaign
const shown = ref(stateOf('running'))
let box: HTMLElement
let app: App

beforeEach(async () => {
  vi.useFakeTimers()
  await setLocale('en')
  await loadTexts('campaigns')
  shown.value = stateOf('running')
  vi.mocked(api.getReport).mockResolvedValue({ arms: [], suppressed: {}, collected_at: null })
  box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(CampaignResults, { campaign: shown.value, onChanged: (one: api.Campaign) => (shown.value = one) }) }).use(createPinia()).use(i18n)
  app.mount(box)
  await nextTick()
})
afterEach(() => {
  app.unmount()
  box.remove()
  vi.useRealTimers()
})

it('says that a poll failed until the next one does not', async () => {
  vi.mocked(api.getCampaign).mockRejectedValueOnce(new ApiError(0, 'offline', ''))
  await vi.advanceTimersByTimeAsync(POLL_MS)
  expect(box.querySelector('[role=alert]')).not.toBeNull()
  vi.mocked(api.getCampaign).mockResolvedValueOnce(stateOf('running'))
  await vi.advanceTimersByTimeAsync(POLL_MS)
  expect(box.querySelector('[role=alert]')).toBeNull()
})

it('keeps the state after an act over a poll that was asked before it', async () => {
  let answer: (one: api.Campaign) => void = () => undefined
  vi.mocked(api.getCampaign).mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
  vi.mocked(api.actOnCampaign).mockResolvedValueOnce(stateOf('paused'))
  await vi.advanceTimersByTimeAsync(POLL_MS)
  const pause = [...box.querySelectorAll('button')].find((one) => one.textContent?.includes('Pause'))
  pause?.click()
  await vi.advanceTimersByTimeAsync(0)
  expect(shown.value.line.state).toBe('paused')
  answer(stateOf('running'))
  await vi.advanceTimersByTimeAsync(0)
  expect(shown.value.line.state).toBe('paused')
})
