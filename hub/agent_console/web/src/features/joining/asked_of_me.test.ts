import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import type { Asked } from '@/shared/api/joining'
import AskedOfMe from './AskedOfMe.vue'

const questions = ref<Asked[]>([])
vi.mock('./asked_of_me', () => ({ useAskedOfMe: () => ({ questions, load: () => Promise.resolve() }) }))

const asked = (id: string): Asked => ({ id, words: `Words of ${id}`, by_name: 'Li', contact: { id: `contact-${id}`, customer: { name: 'Chen' } } }) as unknown as Asked
let app: App | undefined

beforeAll(() => Promise.all([setLocale('en'), loadTexts('joining')]))
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('keeps the focus on its line when a second question comes, and when it goes', async () => {
  const opened: string[] = []
  questions.value = [asked('a')]
  const box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(AskedOfMe, { currentId: '', onOpen: (id: string) => void opened.push(id) }) })
  app.use(i18n).mount(box)
  const line = box.querySelector('button')!
  line.focus()
  expect(line.textContent).toContain('Words of a')
  expect(line.hasAttribute('aria-expanded')).toBe(false)

  questions.value = [asked('a'), asked('b')]
  await nextTick()
  expect(document.activeElement).toBe(line)
  expect(line.textContent).not.toContain('Words of a')
  line.click()
  await nextTick()
  expect(line.getAttribute('aria-expanded')).toBe('true')
  expect(box.querySelectorAll('li')).toHaveLength(2)
  expect(opened).toEqual([])

  questions.value = [asked('b')]
  await nextTick()
  expect(document.activeElement).toBe(line)
  expect(box.querySelectorAll('li')).toHaveLength(0)
  line.click()
  expect(opened).toEqual(['contact-b'])
})
