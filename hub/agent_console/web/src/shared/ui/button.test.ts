import { createApp, h } from 'vue'
import { describe, expect, it } from 'vitest'

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

describe('what waits for an answer', () => {
  it('is drawn as its channel', () => {
    const icons = ['email', 'webchat', 'fax'].map(unansweredIcon)
    expect(new Set(icons).size).toBe(3)
  })
})
