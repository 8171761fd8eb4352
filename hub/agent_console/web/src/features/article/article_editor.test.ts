import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'

import { i18n, loadTexts, setLocale, texts } from '@/i18n'
import * as api from '@/shared/api/articles'
import * as commitments from '@/shared/api/commitments'
import { ApiError } from '@/shared/api/http'
import { useSession } from '@/stores/session'
import ArticleEditor from './ArticleEditor.vue'

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const LAMP = {
  id: 'lamp', version: 3, question: 'No light', answer: 'Change the bulb.', language: 'en', tags: [], state: 'published', audience: 'public', format: 'markdown',
  owner_id: null, expires_at: null, review_due_at: '2026-01-02T12:00:00Z', flagged_at: '2026-01-01T12:00:00Z', translations: [], helpful: 0, not_helpful: 1, uses: 0,
} as unknown as api.WholeArticle

let app: App
beforeEach(async () => {
  await setLocale('en')
  await loadTexts('article')
  vi.spyOn(commitments, 'listOwners').mockResolvedValue({ people: [] } as unknown as commitments.Owners)
  vi.spyOn(api, 'getWhole').mockResolvedValue(LAMP)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

async function edit(articleId: string | null): Promise<void> {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSession().me = { id: 'u1', name: 'Wang', role: 'supervisor' } as never
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all*', component: { render: () => h(ArticleEditor, { articleId, translates: '' }) } }] })
  app = createApp({ render: () => h(RouterView) })
  app.use(pinia).use(router).use(i18n)
  await router.push('/knowledge/x')
  app.mount(document.body.appendChild(document.createElement('div')))
  await settle()
}
const question = (): HTMLInputElement => document.querySelector('input[maxlength="500"]')!
const answer = (): HTMLTextAreaElement => document.querySelector('textarea')!
const button = (key: string): HTMLButtonElement => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === texts.t(key))!
function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text
  field.dispatchEvent(new Event('input'))
}

it('takes "read and right" only of what is saved', async () => {
  await edit('lamp')
  expect(button('article.right').disabled).toBe(false)
  type(answer(), 'Change the bulb, or the fuse.')
  await nextTick()
  expect(button('article.right').disabled).toBe(true)
  expect(document.body.textContent).toContain(texts.t('article.saveBeforeRight'))
})

it('keeps what is typed while "read and right" is on its way', async () => {
  let right: (stored: api.WholeArticle) => void = () => undefined
  const change = vi.spyOn(api, 'changeWhole').mockImplementation(() => new Promise((resolve) => (right = resolve)))
  await edit('lamp')
  button('article.right').click()
  type(answer(), 'Change the bulb, or the fuse.')
  right({ ...LAMP, version: 4, flagged_at: null, review_due_at: null })
  await settle()
  expect([answer().value, document.body.textContent?.includes(texts.t('article.unsaved'))]).toEqual(['Change the bulb, or the fuse.', true])
  button('common.save').click()
  await settle()
  expect(change.mock.lastCall).toEqual(['lamp', expect.objectContaining({ answer: 'Change the bulb, or the fuse.', version: 4 })])
  expect(change.mock.lastCall?.[1]).not.toHaveProperty('review_due_at')
})

it('stores a new article as a draft for its first picture, and its answer is the picture alone', async () => {
  const write = vi.spyOn(api, 'writeArticle').mockResolvedValue({ ...LAMP, state: 'draft', answer: '…', flagged_at: null, review_due_at: null })
  vi.spyOn(api, 'addPicture').mockResolvedValue({ id: 'p', name: 'bulb.png', mark: 'files/p', width: 1, height: 1, url: '/p' })
  await edit(null)
  type(question(), 'No light')
  const paste = new Event('paste') as Event & { clipboardData: unknown }
  paste.clipboardData = { files: [new File(['x'], 'bulb.png', { type: 'image/png' })] }
  document.execCommand = () => false // a browser of our tests edits nothing itself
  answer().dispatchEvent(paste)
  await settle()
  await settle()
  expect(write.mock.lastCall?.[0]).toMatchObject({ question: 'No light', answer: '…', state: 'draft' })
  expect(answer().value.trim()).toBe('![bulb](files/p)')
})

it('says why it could not be saved in whatever tab is open', async () => {
  vi.spyOn(api, 'changeWhole').mockRejectedValue(new ApiError(409, 'conflict', ''))
  vi.spyOn(api, 'previewArticle').mockResolvedValue({ page: '' })
  await edit('lamp')
  type(answer(), 'Change the bulb, or the fuse.')
  button('article.preview').click()
  await settle()
  button('common.save').click()
  await settle()
  expect(document.querySelector('textarea')).toBeNull()
  expect(document.querySelector('[role=alert]')?.textContent).toBe(texts.t('errors.conflict'))
})
