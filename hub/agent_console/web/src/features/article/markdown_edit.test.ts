import { describe, expect, it } from 'vitest'

import { applied, lines, link, picture, wrap, type Edit } from './markdown_edit'

/** "a [b] c": what is in brackets is selected. */
function marked(text: string, edit: (text: string, from: number, to: number) => Edit): string {
  const from = text.indexOf('⟦')
  const to = text.indexOf('⟧') - 1
  const plain = text.replace(/[⟦⟧]/gu, '')
  const done = edit(plain, from, to)
  const after = applied(plain, done)
  const [a, b] = done.select
  return `${after.slice(0, a)}⟦${after.slice(a, b)}⟧${after.slice(b)}`
}

describe('wrapping', () => {
  const bold = (text: string): string => marked(text, (...at) => wrap(...at, '**'))

  it('marks, and takes marks away', () => {
    expect(bold('换 ⟦灯泡⟧。')).toBe('换 **⟦灯泡⟧**。')
    expect(bold('换 **⟦灯泡⟧**。')).toBe('换 ⟦灯泡⟧。')
    expect(bold('换 ⟦**灯泡**⟧。')).toBe('换 ⟦灯泡⟧。')
    expect(bold('⟦⟧')).toBe('**⟦⟧**')
  })
})

describe('lines', () => {
  it('become a list, another kind, and plain again', () => {
    expect(marked('a\n⟦b\nc⟧\nd', (...at) => lines(...at, 'list'))).toBe('a\n⟦- b\n- c⟧\nd')
    expect(marked('a\n⟦- b\n- c⟧\nd', (...at) => lines(...at, 'numbers'))).toBe('a\n⟦1. b\n2. c⟧\nd')
    expect(marked('⟦- b\n- c⟧', (...at) => lines(...at, 'list'))).toBe('⟦b\nc⟧')
    expect(marked('ab⟦⟧c', (...at) => lines(...at, 'heading'))).toBe('## abc⟦⟧')
    expect(marked('⟦⟧', (...at) => lines(...at, 'quote'))).toBe('> ⟦⟧')
  })
})

describe('links and pictures', () => {
  it('ask for what is not known', () => {
    expect(marked('see ⟦here⟧', (...at) => link(...at, 'link'))).toBe('see [here](⟦https://⟧)')
    expect(marked('see ⟦https://a.cn/b⟧', (...at) => link(...at, 'link'))).toBe('see [⟦link⟧](https://a.cn/b)')
    expect(marked('a⟦⟧b', (text, at) => picture(text, at, 'files/1', '插 [头].png'))).toBe('a\n\n![⟦插  头⟧](files/1)\n\nb')
    expect(marked('a\n⟦⟧', (text, at) => picture(text, at, 'files/1', 'x.jpg'))).toBe('a\n\n![⟦x⟧](files/1)\n\n')
  })
})
