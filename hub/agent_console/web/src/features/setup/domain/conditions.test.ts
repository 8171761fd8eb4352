import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, setLocale, type Locale } from '@/i18n'
import type { OverflowRule } from '@/shared/api/setup_types'
import { between, joinedConditions, sentenceOf } from './conditions'
import { linesOf } from './overflow_graph'

const rule = (change: Partial<OverflowRule>): OverflowRule => ({ team: 'back', queue: '', after_s: 0, over_waiting: 0, when_closed: false, when_nobody: false, own_first: false, ...change })
const three = rule({ after_s: 120, over_waiting: 10, when_nobody: true })
const label = (locale: Locale): string[] => linesOf(joinedConditions(three, locale), between(locale))

describe('the conditions of a rule', () => {
  beforeAll(() => loadTexts('setup'))

  it('all hold, in the sentence as on the arrow', async () => {
    await setLocale('en')
    expect(sentenceOf(three, 'en')).toBe('after 2 min and at least 10 waiting and when nobody is signed in')
    expect(label('en').join(' ')).toBe(sentenceOf(three, 'en'))
  })

  it('are joined as Chinese does it', async () => {
    await setLocale('zh-CN')
    expect(sentenceOf(rule({ after_s: 120, over_waiting: 10 }), 'zh-CN')).toBe('等待 2 分钟后，且至少 10 个在等')
    expect(label('zh-CN')).toEqual(['等待 2 分钟后，且至少 10 个在等', '且无人签入时'])
  })

  it('may be none yet', async () => {
    await setLocale('en')
    expect(sentenceOf(rule({}), 'en')).toBe('no condition yet')
  })
})
