import { createPinia } from 'pinia'
import { expect, it, vi } from 'vitest'
import { createApp, h, shallowRef } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale, texts } from '@/i18n'
import type { Customer } from '@/shared/api/customers'
import { ApiError } from '@/shared/api/http'
import * as api from '@/shared/api/overview'
import CustomerOverview from './CustomerOverview.vue'

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const SHOWN = { contacts: [], commitments: [], complaints: [], cases: [], orders: [], balance: { credit_hold: false }, satisfaction: { scores: [], last: [], trend: null, win_back: null }, ask_for: 'phone' } as unknown as api.CustomerOverview
const chen = (version: number): Customer => ({ id: 'chen', name: 'Chen', version, merged_into_id: null }) as unknown as Customer

it('keeps what is shown, fields and all, where loading it again fails', async () => {
  await setLocale('en')
  for (const part of ['overview', 'satisfaction', 'commitments', 'business']) await loadTexts(part)
  const get = vi.spyOn(api, 'getOverview').mockResolvedValueOnce(SHOWN).mockRejectedValue(new ApiError(0, 'offline', ''))
  const customer = shallowRef(chen(1))
  const box = document.body.appendChild(document.createElement('div'))
  const app = createApp({ render: () => h(CustomerOverview, { customer: customer.value }) })
  app.use(createPinia()).use(createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all*', component: { render: () => null } }] })).use(i18n).mount(box)
  await settle()
  const field = box.querySelector('input')!
  customer.value = chen(2)
  await settle()
  expect(get).toHaveBeenCalledTimes(2)
  expect(box.querySelector('[role=alert]')?.textContent).toContain(texts.t('errors.offline'))
  expect(box.contains(field)).toBe(true)
  app.unmount()
})
