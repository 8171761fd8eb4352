import { expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'

import { i18n } from '@/i18n'
import LanguageTexts from './LanguageTexts.vue'

it('keeps what is being typed while all around it is drawn anew, and tells it once the field is left', async () => {
  vi.stubGlobal('Document', document.constructor) // happy-dom's is none by this name, and Vue asks
  const languages = ref(['en', 'zh-CN'])
  const texts = ref<Record<string, string>>({ en: 'Hello' })
  const box = document.body.appendChild(document.createElement('div'))
  const change = (language: string, text: string): void => void (texts.value = { ...texts.value, [language]: text })
  const app = createApp({ render: () => h(LanguageTexts, { label: 'Greeting', languages: languages.value, texts: texts.value, onChange: change }) })
  app.use(i18n).mount(box)
  const field = box.querySelector<HTMLTextAreaElement>('[lang=en]')!
  expect(field.value).toBe('Hello')
  field.focus()
  field.value = ' Welcome '
  field.dispatchEvent(new Event('input'))
  languages.value = [...languages.value]
  await nextTick()
  expect([field.value, texts.value['en']]).toEqual([' Welcome ', 'Hello'])
  field.dispatchEvent(new Event('change'))
  field.blur()
  await nextTick()
  expect([field.value, texts.value]).toEqual(['Welcome', { en: 'Welcome' }])
  texts.value = { en: 'Good day' } // as somebody else has saved it
  await nextTick()
  expect(field.value).toBe('Good day')
  app.unmount()
  vi.unstubAllGlobals()
})
