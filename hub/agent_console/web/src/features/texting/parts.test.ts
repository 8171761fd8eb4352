import { describe, expect, it } from 'vitest'

// The same cases as of the hub's own count: tests/unit/channels/sms/test_parts.py.
import cases from '../../../../../../tests/fixtures/sms/parts.json'
import { countParts } from './parts'

describe('countParts', () => {
  it.each(cases)('counts $what', ({ text, times, alphabet, parts, left }) => {
    expect(countParts(text.repeat(times))).toMatchObject({ alphabet, parts, left })
  })

  it('names what makes a text long, each once and only the first few', () => {
    expect(countParts('a’b’c').long).toEqual(['’'])
    expect(countParts('洗衣机不转了').long).toEqual(['洗', '衣', '机', '不', '转'])
    expect(countParts('plain').long).toEqual([])
  })
})
