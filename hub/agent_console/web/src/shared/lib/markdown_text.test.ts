import { describe, expect, it } from 'vitest'

import { plainOf, wordsOf } from './markdown_text'

describe('Markdown as plain text', () => {
  it('leaves marks and pictures out', () => {
    expect(plainOf('## 步骤\n\n1. 关闭**进水阀**\n2. 拔掉 *插头*\n\n![水阀](files/1)\n\n> 小心')).toBe('步骤\n\n1. 关闭进水阀\n2. 拔掉 插头\n\n小心')
    expect(plainOf('See [our terms](https://shop.test/t) or [https://a.cn](https://a.cn).')).toBe('See our terms (https://shop.test/t) or https://a.cn.')
    expect(plainOf('**_both_** and `code` and ~~old~~')).toBe('both and code and old')
  })

  it('leaves what is no mark', () => {
    expect(plainOf('snake_case_name, 3 * 4 * 5, #1, a_b')).toBe('snake_case_name, 3 * 4 * 5, #1, a_b')
    expect(plainOf('1\\. not a list, \\*star\\*')).toBe('1. not a list, *star*')
    expect(wordsOf({ answer: '**as it is**', format: 'plain' })).toBe('**as it is**')
  })
})
