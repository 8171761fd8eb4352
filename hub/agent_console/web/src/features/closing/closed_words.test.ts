import { describe, expect, it } from 'vitest'

import { endOf } from './closed_words'

const meta = {
  code: 'closed',
  reason_zh: '维修 › 锅炉', reason_en: 'Repair › Boiler', outcome_zh: '已解决', outcome_en: 'Solved', action_zh: '上门', action_en: 'Visit', note: 'Quick',
  fields: [
    { kind: 'text', zh: '序列号', en: 'Serial number', unit: '', value: '1234', value_zh: '1234', value_en: '1234' },
    { kind: 'number', zh: '金额', en: 'Amount', unit: 'CNY', value: 1250.5, value_zh: '1250.5', value_en: '1250.5' },
    { kind: 'date', zh: '日期', en: 'Bought on', unit: '', value: '2026-03-01', value_zh: '2026-03-01', value_en: '2026-03-01' },
    { kind: 'choice', zh: '原因', en: 'Cause', unit: '', value: 'wear', value_zh: '磨损', value_en: 'Wear' },
  ],
}

describe('how a contact ended', () => {
  it('is told in the language of who reads it', () => {
    const en = endOf(meta, 'en')
    expect([en.what, en.action, en.note]).toEqual([['Repair › Boiler', 'Solved'], 'Visit', 'Quick'])
    expect(en.fields.map((one) => one.value)).toEqual(['1234', '1,250.5 CNY', 'Mar 1, 2026', 'Wear'])
    const zh = endOf(meta, 'zh-CN')
    expect(zh.what).toEqual(['维修 › 锅炉', '已解决'])
    expect(zh.fields.map((one) => `${one.name} ${one.value}`)).toEqual(['序列号 1234', '金额 1,250.5 CNY', '日期 2026年3月1日', '原因 磨损'])
  })

  it('is told as far as it was said', () => {
    expect(endOf({ code: 'closed', outcome_en: 'Solved' }, 'en')).toEqual({ what: ['Solved'], fields: [], action: '', note: '' })
  })
})
