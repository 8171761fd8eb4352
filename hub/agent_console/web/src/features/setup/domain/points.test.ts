import { describe, expect, it } from 'vitest'

import type { FormField } from '@/shared/api/points'
import { askedFor, isHidden, languagesOf, linesOf, newPoint, setValue, snippetOf, valueOf, widgetConfig, withText } from './points'

const field = (name: string, usual: unknown, more: Partial<FormField> = {}): FormField => ({ name, kind: 'text', usual, choices: [], pattern: null, least: null, most: null, fields: [], secret: false, of: null, where: null, ...more })
const point = () => newPoint('shop', 'webchat', 'Shop', 'shop', 'sales', 'de')

describe('the settings of an entry point', () => {
  it('are as usual until they are set, and not written where they are', () => {
    const settings = {}
    const accent = field('accent', '#1f5fbf')
    expect(valueOf(settings, accent)).toBe('#1f5fbf')
    setValue(settings, accent, '#aa0000')
    expect(settings).toEqual({ accent: '#aa0000' })
    setValue(settings, accent, '#1f5fbf')
    expect(settings).toEqual({})
  })

  it('are asked for where they mean something', () => {
    const after = field('after_longest', 'message', { kind: 'choice', choices: ['message', 'queue'] })
    const fields = [after, field('longest_queue', '', { where: { name: 'after_longest', value: 'queue' } })]
    expect(askedFor({}, fields)).toEqual([after])
    expect(askedFor({ after_longest: 'queue' }, fields)).toEqual(fields)
  })

  it('have texts in our languages and its own', () => {
    expect(languagesOf(point(), { fr: 'Bonjour' })).toEqual(['zh-CN', 'en', 'de', 'fr'])
    expect(withText({ en: 'Hi' }, 'en', '')).toEqual({})
    expect(withText({ en: 'Hi' }, 'fr', 'Salut')).toEqual({ en: 'Hi', fr: 'Salut' })
  })

  it('are whole where a group is set in part', () => {
    const shown = point()
    shown.settings = { pre_chat: { name: 'off' } }
    expect(widgetConfig(shown, [field('pre_chat', { name: 'optional', email: 'off' }, { kind: 'group' })])['pre_chat']).toEqual({ name: 'off', email: 'off' })
  })

  it('show no secret', () => {
    const fields = [field('accent', '#1f5fbf'), field('identity_keys', [], { secret: true }), field('max_file_mb', 20)]
    const shown = point()
    shown.settings = { identity_keys: ['hidden:shop/identity_keys/0'], max_file_mb: 2 }
    expect(widgetConfig(shown, fields)).toEqual({ accent: '#1f5fbf', max_file_mb: 2, max_file_bytes: 2_097_152, entry_point: 'shop', language: 'de', socket_url: 'wss://preview.invalid/chat', help: false, calls: 'never', cookie_domain: '' })
    expect([isHidden('hidden:shop/x'), isHidden('abc')]).toEqual([true, false])
  })
})

it('lines are what is not blank', () => {
  expect(linesOf(' https://a.test \n\nself')).toEqual(['https://a.test', 'self'])
})

it('the snippet loads the widget of the key', () => {
  expect(snippetOf('https://hub.test', 'shop')).toBe('<script async src="https://hub.test/channels/shop/widget.js"></script>')
})
