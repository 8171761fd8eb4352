import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { ContactActions } from '@/features/desk/contact_actions'
import type { PhoneListBrief } from '@/shared/api/phone_list_types'
import * as api from '@/shared/api/phone_lists'
import type { ContactRow } from '@/shared/api/types'
import ListCallBar from './ListCallBar.vue'
import { attemptOf, lastOf, scriptOf, thereAt } from './words'

vi.mock('@/shared/api/phone_lists', () => ({ dialListed: vi.fn(async () => undefined), skipListed: vi.fn(async () => undefined), putResult: vi.fn(async () => undefined), listNumbers: vi.fn(async () => ({ numbers: [{ identity_id: 'i', number: '138 0013 8000' }, { identity_id: 'j', number: '021 5550 1000' }] })) }))

const BRIEF: PhoneListBrief = {
  key: 'k', zh: '秋检', en: 'Autumn check-up', mode: 'preview', script_zh: '', script_en: 'Ask about the filter.', purpose: 'service', number: '138 0013 8000', attempt: 2, attempts: 3,
  last_at: '2026-11-24T10:20:00Z', last_result: 'no_answer', stage: 'preview', preview_until: null, answered_by: null, result: null, time_zone: null,
}

describe('the words of a call of a list', () => {
  beforeEach(() => setLocale('en'))
  it('tell the list, the attempt and how the last one ended', () => {
    expect(attemptOf(BRIEF)).toBe('List: Autumn check-up · attempt 2 of 3')
    expect(lastOf(BRIEF, Date.parse('2026-11-26T09:00:00Z'))).toMatch(/^last: No answer, Tue,? \d\d:20$/u)
    expect(lastOf({ last_at: null, last_result: null }, 0)).toBe('')
  })
  it('are the script of the other language where there is only that', async () => {
    expect(scriptOf({ script_zh: '问滤芯。', script_en: '' })).toBe('问滤芯。')
    await setLocale('zh-CN')
    expect(scriptOf({ script_zh: '问滤芯。', script_en: 'Ask.' })).toBe('问滤芯。')
  })
  it('tell a moment on the clock of where the customer is, unless that is ours or unknown', () => {
    expect(thereAt('2026-12-01T14:20:00Z', 'America/New_York', 'Asia/Shanghai')).toEqual({ time: expect.stringContaining('09:20'), zone: 'America/New York' })
    expect([thereAt('2026-12-01T14:20:00Z', 'Asia/Shanghai', 'Asia/Shanghai'), thereAt('2026-12-01T14:20:00Z', null), thereAt('2026-12-01T14:20:00Z', 'Mars/North', 'UTC')]).toEqual([null, null, null])
  })
})

describe('the bar of a call of a list', () => {
  let app: App
  let box: HTMLElement
  let router: Router
  const brief = ref<PhoneListBrief>(BRIEF)
  const row = ref<ContactRow>({} as ContactRow)
  const ended = vi.fn(async () => true)
  const actions = { busy: ref(false), run: async (request: (id: string) => Promise<unknown>) => (await request('c'), true), end: ended } as unknown as ContactActions

  beforeEach(async () => {
    vi.clearAllMocks()
    await setLocale('en')
    await loadTexts('list_calls')
    brief.value = BRIEF
    row.value = { id: 'c', state: 'connecting', customer: { name: 'Chen', address: '+8613800138000' } } as ContactRow
    router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/desk/:contactId?', component: { render: () => null } }] })
    await router.push('/desk/c')
    box = document.body.appendChild(document.createElement('div'))
    app = createApp({ render: () => h(ListCallBar, { brief: brief.value, row: row.value, mine: true, actions }) }).use(createPinia()).use(i18n).use(router)
    app.mount(box)
    await nextTick()
  })
  afterEach(() => {
    app.unmount()
    box.remove()
  })
  const press = async (key: string): Promise<void> => {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code: /\d/u.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`, bubbles: true, cancelable: true }))
    await nextTick()
  }
  async function talking(more: Partial<PhoneListBrief> = {}): Promise<void> {
    row.value = { ...row.value, state: 'active' }
    brief.value = { ...BRIEF, stage: 'calling', ...more }
    await nextTick()
  }
  const button = (words: string): HTMLButtonElement | undefined => [...box.querySelectorAll('button')].find((one) => one.textContent?.includes(words))

  it('calls by one key while it is read, and not any more after', async () => {
    await press('d')
    expect(vi.mocked(api.dialListed).mock.calls).toEqual([['c', null]])
    await talking()
    await press('d')
    expect(api.dialListed).toHaveBeenCalledTimes(1)
  })

  it('calls another number of theirs where that is chosen', async () => {
    await vi.waitFor(() => expect(box.querySelectorAll('select option')).toHaveLength(2))
    const field = box.querySelector('select')!
    field.value = 'j'
    field.dispatchEvent(new Event('change'))
    await nextTick()
    await press('d')
    expect(vi.mocked(api.dialListed).mock.calls).toEqual([['c', 'j']])
  })

  it('keeps a result by its digit, once there is a talk', async () => {
    await press('2')
    expect(api.putResult).not.toHaveBeenCalled()
    await talking()
    await press('2')
    expect(vi.mocked(api.putResult).mock.calls).toEqual([['c', 'interested', null]])
  })

  it('shows in the wrap-up what was chosen, and all of them to choose another', async () => {
    row.value = { ...row.value, state: 'wrap_up' }
    brief.value = { ...BRIEF, stage: 'calling', result: 'machine' }
    await nextTick()
    expect(button('Interested')).toBeUndefined()
    await press('3') // what the reasons of the wrap-up are chosen by
    expect(api.putResult).not.toHaveBeenCalled()
    button('Change')!.click()
    await nextTick()
    button('Interested')!.click()
    expect(vi.mocked(api.putResult).mock.calls).toEqual([['c', 'interested', null]])
  })

  it('asks before somebody is never called again', async () => {
    await talking()
    await press('6')
    expect(api.putResult).not.toHaveBeenCalled()
    button('Yes, never again')!.click()
    await nextTick()
    expect(vi.mocked(api.putResult).mock.calls).toEqual([['c', 'never', null]])
  })

  it('agrees on a time to come, and on none that is past', async () => {
    await talking()
    await press('4')
    const field = box.querySelector<HTMLInputElement>('input[type=datetime-local]')!
    const agree = async (at: string): Promise<void> => {
      field.value = at
      field.dispatchEvent(new Event('input'))
      await nextTick()
      box.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }))
      await nextTick()
    }
    await agree('2020-01-01T10:00')
    expect(box.querySelector('[role=alert]')?.textContent).toContain('time to come')
    expect(api.putResult).not.toHaveBeenCalled()
    await agree('2099-01-01T10:00')
    expect(vi.mocked(api.putResult).mock.calls).toEqual([['c', 'call_later', new Date('2099-01-01T10:00').toISOString()]])
  })

  it('says that a machine answered; hanging up keeps that, too', async () => {
    await talking({ answered_by: 'human' })
    expect(box.querySelector('[role=alert]')).toBeNull()
    await talking({ answered_by: 'machine' })
    expect(box.querySelector('[role=alert]')?.textContent).toContain('An answering machine answered.')
    button('Hang up')!.click()
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1))
    expect(vi.mocked(api.putResult).mock.calls).toEqual([['c', 'machine', null]])
  })
})
