import { afterEach, beforeAll, expect, it } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'

import { i18n, setLocale } from '@/i18n'
import { unadded } from '@/shared/lib/unadded'
import ChooseToAdd from './ChooseToAdd.vue'

let app: App | undefined
beforeAll(() => setLocale('en'))
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

it('adds at once what a pointer chooses, and says of what keys chose that it is not added', async () => {
  const added: string[] = []
  const box = document.body.appendChild(document.createElement('div'))
  const options = [{ value: 'note', label: 'Note' }, { value: 'serial', label: 'Serial number' }]
  app = createApp({ render: () => h(ChooseToAdd, { options, label: 'Ask for…', onAdd: (value: string) => void added.push(value) }) })
  app.use(i18n).mount(box)
  const select = box.querySelector('select')!
  const choose = async (value: string): Promise<void> => {
    select.value = value
    select.dispatchEvent(new Event('change'))
    await nextTick()
  }
  select.dispatchEvent(new Event('pointerdown'))
  await choose('serial')
  expect(added).toEqual(['serial'])
  expect(unadded.size).toBe(0)
  select.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }))
  await choose('note')
  expect(added).toEqual(['serial'])
  expect([...unadded.values()].map((one) => one.label)).toEqual(['Note'])
  expect(box.textContent).not.toContain('not added yet') // they may be on the way to the button
  select.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
  await nextTick()
  expect(box.textContent).toContain('not added yet')
  app.unmount()
  app = undefined
  expect(unadded.size).toBe(0)
})
