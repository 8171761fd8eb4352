import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n, loadTexts, setLocale, texts } from '@/i18n'
import * as api from '@/shared/api/articles'
import ImportPages from './ImportPages.vue'

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const REFUSED: api.PageDone = { name: 'a.docx', outcome: 'refused', reason: 'It is no Markdown.', code: 'page.ending', article_id: null, title: '', left_out: 0 }

let app: App
const open = ref(true)
const changed = vi.fn()
beforeEach(async () => {
  open.value = true
  changed.mockClear()
  await setLocale('zh-CN')
  await loadTexts('article')
  app = createApp({ render: () => h(ImportPages, { open: open.value, 'onUpdate:open': (to: boolean) => (open.value = to), onChanged: changed }) })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all*', component: { render: () => null } }] })
  const box = document.body.appendChild(document.createElement('div'))
  app.use(createPinia()).use(router).use(i18n).mount(box)
  await settle()
})
afterEach(async () => {
  app.unmount()
  document.body.replaceChildren()
  await setLocale('en')
})

function choose(...names: string[]): void {
  const chooser = document.querySelector<HTMLInputElement>('input[type=file]')!
  Object.defineProperty(chooser, 'files', { configurable: true, value: names.map((name) => new File(['x'], name)) })
  chooser.dispatchEvent(new Event('change'))
}
const close = (): void => document.querySelector<HTMLButtonElement>(`button[aria-label="${texts.t('common.close')}"]`)!.click()

it('stays until the last file is answered, then says why one was refused in the language that is shown', async () => {
  let answer: (done: api.PageDone) => void = () => undefined
  vi.spyOn(api, 'importPage').mockImplementation(() => new Promise((resolve) => (answer = resolve)))
  choose('a.docx')
  await nextTick()
  close()
  await settle()
  expect([open.value, changed.mock.calls.length]).toEqual([true, 0])
  answer(REFUSED)
  await settle()
  expect(changed).toHaveBeenCalledOnce()
  expect(document.body.textContent).toContain(texts.t('article.refusals.page_ending'))
  expect(document.body.textContent).not.toContain(REFUSED.reason)
  close()
  await settle()
  expect(open.value).toBe(false)
})

it('says what the hub says where it has no words of its own', async () => {
  vi.spyOn(api, 'importPage').mockResolvedValue({ ...REFUSED, code: 'page.something_new' })
  choose('a.docx')
  await settle()
  expect(document.body.textContent).toContain(REFUSED.reason)
})
