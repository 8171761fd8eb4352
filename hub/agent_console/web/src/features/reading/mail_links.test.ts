// @vitest-environment jsdom

import { expect, it } from 'vitest'

import { hiddenTarget, markLinks } from './mail_links'

it.each([
  ['www.bank.example', 'https://evil.example/login', 'evil.example'],
  ['https://bank.example/login', 'http://bank.example.evil.test/login', 'bank.example.evil.test'],
  ['Click here', 'https://bank.example@evil.example/', 'evil.example'],
  ['Click here', 'http://192.0.2.7/x', '192.0.2.7'],
  ['apple.com', 'https://xn--80ak6aa92e.com/', 'xn--80ak6aa92e.com'],
  ['help@bank.example', 'mailto:help@evil.example', 'help@evil.example'],
  ['help@bank.example', 'https://evil.example/', 'evil.example'],
])('%s that leads to %s is marked', (words, href, target) => {
  expect(hiddenTarget(words, href)).toBe(target)
})

it.each([
  ['Click here', 'https://shop.example/'],
  ['shop.example', 'https://www.shop.example/offers?a=1'],
  ['https://pay.shop.example', 'https://shop.example/'],
  ['help@shop.example', 'mailto:help@shop.example?subject=x'],
  ['Version 2.10', 'https://shop.example/'],
  ['call us', 'tel:+8613800138000'],
  ['nothing', 'no address'],
])('%s that leads to %s is not', (words, href) => {
  expect(hiddenTarget(words, href)).toBe('')
})

it('says beside the link where it leads, as text, and opens it apart', () => {
  const body = document.createElement('div')
  body.innerHTML = '<a href="https://evil.example/">www.bank.example</a><a href="https://shop.example/" target="_top">offers</a>'
  body.innerHTML += '<a href="/api/v1/session">ours</a><a href="javascript:alert(1)">script</a><a>none</a>'
  expect(markLinks(body)).toBe(1)
  expect(body.querySelectorAll('a[href]')).toHaveLength(2)
  expect(body.querySelector('.leads')?.textContent).toBe('→ evil.example')
  for (const link of body.querySelectorAll<HTMLAnchorElement>('a[href]')) {
    expect(link.target).toBe('_blank')
    expect(link.rel).toContain('noopener')
    expect(link.title).toBe(link.getAttribute('href'))
  }
})
