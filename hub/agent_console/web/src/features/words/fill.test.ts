import { describe, expect, it } from 'vitest'

import { brokenIn, fill, fillHtml, missingIn, questionsIn, unknownIn, valuesOf } from './fill'

const filling = { values: { 'customer.name': 'Chen <Li>', today: '29 Nov' }, answers: { 'Date of visit': 'Monday', Model: 'A' } }

describe('texts with placeholders', () => {
  it('fills in what is known, by short names too', () => {
    expect(fill('Dear {customer}, {{customer.name}} on {?Date of visit}: {?Model|A|B}', filling)).toBe('Dear Chen <Li>, Chen <Li> on Monday: A')
  })
  it('leaves what nobody knows, to be seen', () => {
    expect(fill('{contact.reference} {nobody} {?Other} { "json": 1 }', filling)).toBe('{contact.reference} {nobody} {?Other} { "json": 1 }')
    expect(unknownIn('{nobody} {customer} {?x}')).toEqual(['nobody'])
    expect(missingIn('{customer} {reference}', filling.values)).toEqual(['contact.reference'])
  })
  it('asks each question once, with its choices', () => {
    expect(questionsIn('{?Date of visit} {?Model|A|B}', '{?Date of visit}')).toEqual([
      { label: 'Date of visit', choices: [] },
      { label: 'Model', choices: ['A', 'B'] },
    ])
  })
  it('fills in text, never markup', () => {
    expect(fillHtml('<p>{customer.name}</p>', filling)).toBe('<p>Chen &lt;Li&gt;</p>')
    expect(fillHtml('<p>{?A &amp; B}</p>', { values: {}, answers: { 'A & B': '<1>' } })).toBe('<p>&lt;1&gt;</p>')
  })
  it('names what nobody would find, because the formatting changes inside', () => {
    expect(brokenIn('<p>{cus<strong>tomer}</strong> {?D<em>ay</em>|Mon|Tue}</p>')).toEqual(['{customer}', '{?Day|Mon|Tue}'])
    expect(brokenIn('<p><strong>{customer.name}</strong>, <a href="https://shop.example/{today}">{?Day}</a></p><ul><li><p>{today}</p></li></ul>')).toEqual([])
    expect(brokenIn('<p>{ open</p><p>today }<br>{</p>')).toEqual([])
  })
  it("writes dates as the text's language does, on the customer's clock", () => {
    const known = { values: {}, queue_zh: '维修', queue_en: 'Repair', commitment_at: '2026-11-30T23:30:00Z', zone: 'Asia/Shanghai' }
    const values = valuesOf(known, 'en', new Date('2026-11-29T20:00:00Z'))
    expect(values['commitment.date']).toContain('December 1, 2026')
    expect(values['today']).toBe('November 30, 2026')
    expect(valuesOf(known, 'zh-CN', new Date())['queue.name']).toBe('维修')
  })
})
