import { createPinia } from 'pinia'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createApp, h, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, setLocale } from '@/i18n'
import * as api from '@/shared/api/steering'
import type { Quarantined } from '@/shared/api/steering_types'
import { useToasts } from '@/stores/toasts'
import QuarantinePage from './QuarantinePage.vue'

vi.mock('@/shared/api/steering')

const item = (id: string): Quarantined =>
  ({ contact: { id, channel: 'email', entry_point_id: 'mail' }, reason: 'no_sender: none', kind: 'unreadable', tries: 1, size_bytes: 9, sender: '', subject: id, raw_url: `/raw/${id}`, came_at: '2026-01-05T08:00:00Z' }) as unknown as Quarantined
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
let app: App | undefined

function shown(): HTMLElement {
  const box = document.body.appendChild(document.createElement('div'))
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: { render: () => null } }] })
  app = createApp({ render: () => h(QuarantinePage) })
  app.use(createPinia()).use(router).use(i18n).mount(box)
  return box
}

beforeAll(() => setLocale('en'))
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('goes on, by keyboard, with what stands where something was discarded', async () => {
  vi.mocked(api.listQuarantined).mockResolvedValue({ items: [item('a'), item('b'), item('c')], after: null })
  vi.mocked(api.countQuarantined).mockResolvedValue({ unreadable: 3, spam: 0, blocked: 0 })
  vi.mocked(api.release).mockResolvedValue(undefined)
  const box = shown()
  await settle()
  const discard = async (at: number): Promise<string | undefined> => {
    const button = [...box.querySelectorAll('li')][at]!.querySelector<HTMLElement>('button[title]')!
    button.focus()
    button.click()
    await settle()
    return document.activeElement?.closest('li')?.querySelector('h2')?.textContent
  }
  expect(await discard(1)).toBe('c')
  expect(await discard(1)).toBe('a')
})

it('discards what was chosen, by x and Shift+X, and puts all of it back by one undo', async () => {
  vi.mocked(api.listQuarantined).mockResolvedValue({ items: [item('a'), item('b'), item('c'), item('d')], after: null })
  vi.mocked(api.countQuarantined).mockResolvedValue({ unreadable: 4, spam: 0, blocked: 0 })
  vi.mocked(api.release).mockReset()
  vi.mocked(api.release).mockImplementation((id) => (id === 'c' ? Promise.reject(new Error('gone')) : Promise.resolve(undefined)))
  vi.mocked(api.restore).mockResolvedValue(undefined)
  const box = shown()
  await settle()
  const boxes = [...box.querySelectorAll<HTMLInputElement>('li input')]
  boxes[0]!.focus()
  const press = (key: string): unknown => document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: key === 'X', bubbles: true }))
  press('x')
  press('ArrowDown')
  press('ArrowDown')
  expect(document.activeElement).toBe(boxes[2])
  press('X')
  await settle()
  expect(box.querySelector('section [role=status]')!.textContent).toBe('3 chosen')
  box.querySelector<HTMLElement>('section button[title]')!.click()
  await vi.waitFor(() => expect(useToasts().items.length).toBe(2))
  expect(vi.mocked(api.release).mock.calls.map(([id]) => id)).toEqual(['a', 'b', 'c'])
  const [done, failed] = useToasts().items
  expect([done!.text, failed!.text]).toEqual(['2 discarded as spam', '1 could not be discarded: look at it by itself'])
  done!.action!.run()
  await vi.waitFor(() => expect(vi.mocked(api.restore).mock.calls.map(([id]) => id)).toEqual(['a', 'b']))
})
