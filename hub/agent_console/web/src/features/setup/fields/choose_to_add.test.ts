import { afterEach, beforeAll, expect, it } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import ChooseToAdd from './ChooseToAdd.vue'

let app: App | undefined
beforeAll(() => Promise.all([setLocale('en'), loadTexts('setup')]))
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('adds what is chosen when told to, and not on the way through the list', async () => {
  const added: string[] = []
  const options = ref([{ value: 'note', label: 'Note' }, { value: 'serial', label: 'Serial number' }])
  const add = (value: string): void => {
    added.push(value)
    options.value = options.value.filter((one) => one.value !== value)
  }
  const box = document.body.appendChild(document.createElement('div'))
  app = createApp({ render: () => h(ChooseToAdd, { options: options.value, label: 'Ask for…', onAdd: add }) })
  app.use(i18n).mount(box)
  const select = box.querySelector('select')!
  const button = box.querySelector('button')!
  const choose = async (value: string): Promise<void> => {
    select.value = value
    select.dispatchEvent(new Event('change'))
    await nextTick()
  }
  expect(button.disabled).toBe(true)
  await choose('note')
  await choose('serial')
  expect(added).toEqual([])
  expect(button.getAttribute('aria-label')).toBe('Add Serial number')
  button.focus()
  button.click()
  await nextTick()
  await nextTick()
  expect(added).toEqual(['serial'])
  expect(document.activeElement).toBe(select) // the next can be chosen
  expect(button.disabled).toBe(true)
  await choose('note')
  options.value = [] // it is asked for by now
  await nextTick()
  expect(button.disabled).toBe(true)
})
