import { createPinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'

import { i18n, loadTexts, setLocale } from '@/i18n'
import { DAY_MIN } from '../domain/week'
import TimeField from './TimeField.vue'

/** The field on a page, what was set by it, and what draws it anew. */
function aField(most?: number): { input: () => HTMLInputElement; type: (text: string) => Promise<void>; set: string[]; anew: () => Promise<void> } {
  const box = document.createElement('div')
  const set: string[] = []
  const copyNo = ref(0)
  const app = createApp({ render: () => h(TimeField, { key: copyNo.value, value: 540, label: 'Monday', ...(most === undefined ? {} : { most }), onSet: (time: string) => set.push(time) }) })
  app.use(createPinia()).use(i18n).mount(box)
  const input = (): HTMLInputElement => box.querySelector('input')!
  const type = async (text: string): Promise<void> => {
    input().value = text
    input().dispatchEvent(new Event('input'))
    input().dispatchEvent(new Event('change'))
    await nextTick()
  }
  const anew = async (): Promise<void> => {
    copyNo.value += 1
    await nextTick()
  }
  return { input, type, set, anew }
}

describe('a time of day that is typed', () => {
  beforeEach(() => Promise.all([setLocale('en'), loadTexts('setup')]))

  it('is set where it can be', async () => {
    const { type, set, input } = aField()
    await type('24:00')
    await type('930')
    expect([set, input().getAttribute('aria-invalid')]).toEqual([['24:00', '09:30'], null])
  })

  it('that nothing can open at is said to be wrong, and is not lost silently', async () => {
    const { type, set, input } = aField(DAY_MIN - 1)
    await type('24:00')
    expect([set, input().value, input().getAttribute('aria-invalid'), input().title]).toEqual([[], '24:00', 'true', 'Write it like 09:00; nothing opens at 24:00'])
  })

  it('that cannot be read is gone when the page is made anew', async () => {
    const { type, input, anew } = aField()
    await type('nine')
    expect([input().value, input().getAttribute('aria-invalid')]).toEqual(['nine', 'true'])
    await anew()
    expect([input().value, input().getAttribute('aria-invalid')]).toEqual(['09:00', null])
  })
})
