import { describe, expect, it } from 'vitest'

import { htmlOfText, linkOf } from './draft_html'

describe('a plain draft in the formatted field', () => {
  it('keeps its lines and paragraphs, and is never markup', () => {
    expect(htmlOfText('Dear <b>Chen</b>,\nhello\n\n& bye')).toBe('<p>Dear &lt;b&gt;Chen&lt;/b&gt;,<br>hello</p><p>&amp; bye</p>')
    expect(htmlOfText('  \n')).toBe('')
  })
})

describe('the address of a link', () => {
  it.each([
    ['shop.example/a?b=1', 'https://shop.example/a?b=1'],
    ['http://shop.example', 'http://shop.example'],
    ['shop.example:8080/x', 'https://shop.example:8080/x'],
    ['chen@shop.example', 'mailto:chen@shop.example'],
    ['tel:+861012345678', 'tel:+861012345678'],
  ])('%s is %s', (typed, href) => expect(linkOf(typed)).toBe(href))

  it.each(['', 'two words', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'https://'])('%s is none', (typed) => expect(linkOf(typed)).toBeNull())
})
