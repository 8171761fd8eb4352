import { createApp, h, nextTick, ref } from 'vue'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { unansweredIcon } from '@/shared/domain/channels'
import UiButton from './UiButton.vue'

function classesOf(variant: 'ghost' | 'link'): string[] {
  const box = document.createElement('div')
  createApp({ render: () => h(UiButton, { variant }, () => 'Undo') }).mount(box)
  return [...box.querySelector('button')!.classList].filter((name) => ['text-ink', 'text-accent'].includes(name))
}

describe('a button that looks like a link', () => {
  // Two colours on one element: the order in the style sheet decides, whatever the order of the classes.
  it('has one colour, the accent', () => {
    expect(classesOf('link')).toEqual(['text-accent'])
    expect(classesOf('ghost')).toEqual(['text-ink'])
  })
})

describe('a busy button', () => {
  afterEach(() => void vi.useRealTimers())

  it('does nothing twice, and keeps the focus', async () => {
    const busy = ref(false)
    let clicked = 0
    let submitted = 0
    const act = () => {
      clicked++
      busy.value = true
    }
    const box = document.body.appendChild(document.createElement('div'))
    const form = () => h('form', { onSubmit: (event: Event) => (event.preventDefault(), submitted++) }, [h(UiButton, { type: 'submit', busy: busy.value, onClick: act }, () => 'Save')])
    vi.useFakeTimers({ toFake: ['Date'] })
    createApp({ render: form }).mount(box)
    await nextTick()
    vi.setSystemTime(Date.now() + 1_000) // Vue passes over what was clicked in the millisecond of the mount
    const button = box.querySelector('button')!
    button.click()
    await nextTick()
    button.click()
    expect([clicked, submitted, button.disabled]).toEqual([1, 1, false])
    busy.value = false
    await nextTick()
    button.click()
    expect([clicked, submitted]).toEqual([2, 2])
  })
})

describe('every button of the console', () => {
  const sources = import.meta.glob<string>('/src/**/*.vue', { query: '?raw', import: 'default', eager: true })
  const TAG = /<UiButton\b(?:[^">]|"[^"]*")*>/gu
  const said = (tag: string, what: string): string => new RegExp(`:${what}="([^"]*)"`, 'u').exec(tag)?.[1] ?? ''

  it('that is busy is not disabled by that: it would lose the focus', () => {
    const tags = Object.values(sources).flatMap((source) => source.match(TAG) ?? [])
    const both = tags.filter((tag) => said(tag, 'busy') && said(tag, 'disabled'))
    expect(both.length).toBeGreaterThan(20)
    const lost = both.filter((tag) => {
      const [name = '', act] = said(tag, 'busy').split(' === ')
      const parts = said(tag, 'disabled').replace(/[()]/gu, '').split(' || ')
      return act ? parts.includes(`${name} !== ''`) : parts.includes(name)
    })
    expect(lost).toEqual([])
  })
})

describe('what waits for an answer', () => {
  it('is drawn as its channel', () => {
    const icons = ['email', 'webchat', 'fax'].map(unansweredIcon)
    expect(new Set(icons).size).toBe(3)
  })
})
