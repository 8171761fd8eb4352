import { describe, expect, it } from 'vitest'

import type { Fact } from '@/shared/api/customers'
import { currentOf, kindShown, linkOf } from './facts'

describe('where a fact is from', () => {
  it('is a link of the web', () => {
    expect(linkOf('https://data.example/firms/1')).toEqual({ href: 'https://data.example/firms/1', host: 'data.example' })
    expect(linkOf('http://data.example')?.host).toBe('data.example')
  })

  it('is never a script, a file or nonsense', () => {
    for (const url of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '//data.example', 'x', '', null]) expect(linkOf(url)).toBeNull()
  })
})

describe('what we know', () => {
  it('is what is true today, the newest first', () => {
    const fact = (id: string, learned_at: string, current = true): Fact => ({ id, learned_at, current }) as Fact
    const facts = [fact('old', '2025-01-01T00:00:00Z'), fact('over', '2026-02-01T00:00:00Z', false), fact('new', '2026-01-01T00:00:00Z')]
    expect(currentOf(facts).map((one) => one.id)).toEqual(['new', 'old'])
  })

  it('names a kind only where it says something', () => {
    expect([kindShown('learned'), kindShown('competitor'), kindShown('size')]).toEqual(['', 'competitor', 'size'])
  })
})
