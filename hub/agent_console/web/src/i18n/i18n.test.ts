import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'

import { i18n, loadTexts, setLocale, texts } from './index'

// Each text of two languages is read by vue-i18n: seconds, and more where the machine has much to do.
vi.setConfig({ testTimeout: 30_000 })

interface Texts {
  [key: string]: string | Texts
}

function keysOf(texts: Texts, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of keysOf(value, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/u.test(name) && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
/** One language with the texts that come later with their pages. */
const filesOf = (locale: string): string[] => readdirSync('src/i18n', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(`${locale}.json`))
const read = (file: string): Texts => JSON.parse(readFileSync(join('src/i18n', file), 'utf8')) as Texts
const whole = (locale: string): Map<string, string> => new Map(filesOf(locale).flatMap((file) => [...keysOf(read(file))]))
const english = whole('en')
const chinese = whole('zh-CN')
/** One for all texts: one for each would take seconds. */
const reader = createI18n({ legacy: false, locale: 'en', messages: { en: {} as Record<string, string> }, missingWarn: false, fallbackWarn: false }).global
/** What is wrong with a text as vue-i18n reads it: a brace, a bar or an `@` that is not quoted, such as `{'@'}`. */
function faultOf(text: string): string {
  reader.setLocaleMessage('en', { text })
  try {
    reader.t('text', { n: 1 })
    return /@(?:\.\w+)?:/u.test(text) ? 'it links to another text' : ''
  } catch (error) {
    return String(error)
  }
}
const slots = (text: string): string[] => [...new Set(text.match(/\{\w+\}/gu) ?? [])].sort()

describe('the texts of both languages', () => {
  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('have the same placeholders', () => {
    const differing = [...english].filter(([key, text]) => slots(text).join() !== slots(chinese.get(key) ?? '').join())
    expect(differing.map(([key]) => key)).toEqual([])
  })

  it('are never empty', () => {
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('can be read: an at sign, a brace or a bar of its own is quoted', () => {
    expect([faultOf("write to {'@'}name, {n} at most | {n}"), faultOf('mail a@b'), faultOf('see @:common.cancel')]).toEqual(['', expect.stringContaining('linked'), expect.stringContaining('links')])
    expect([...english, ...chinese].map(([key, text]) => [key, faultOf(text)]).filter(([, fault]) => fault !== '')).toEqual([])
  })

  it('use the words of the glossary, and the commas of their language', () => {
    expect([...chinese].filter(([, text]) => /派单|接受并|客户群|[\p{Script=Han}],/u.test(text))).toEqual([])
    expect([...english].filter(([, text]) => /，/u.test(text))).toEqual([])
    expect([...chinese].filter(([, text]) => /[「」]/u.test(text))).toEqual([])
    expect([...chinese].filter(([, text]) => text.includes('联络'))).toEqual([])
  })

  it('hold every key that a component asks for', () => {
    const asked = new Set(sources.flatMap((source) => [...source.matchAll(/\bt\(\s*'([\w.]+)'/gu)].map((match) => match[1] ?? '')))
    expect([...asked].filter((key) => !english.has(key))).toEqual([])
  })

  it('hold both keys that a component chooses between', () => {
    const asked = new Set(sources.flatMap((source) => [...source.matchAll(/\bt\(\s*[^'`,]*\? '([\w.]+)' : '([\w.]+)'/gu)].flatMap((match) => [match[1] ?? '', match[2] ?? ''])))
    expect(asked.size).toBeGreaterThan(4)
    expect([...asked].filter((key) => !english.has(key))).toEqual([])
  })

  it('hold every group that a component asks for by a computed key', () => {
    const asked = new Set(sources.flatMap((source) => [...source.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/gu)].map((match) => match[1] ?? '')))
    const groups = new Set([...english.keys()].map((key) => key.slice(0, key.lastIndexOf('.'))))
    expect([...asked].filter((group) => !groups.has(group))).toEqual([])
  })
})

describe('the texts of pages that few open', () => {
  const PARTS = readdirSync('src/i18n', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()

  it('are files of their own in both languages, with nothing of the console in them', () => {
    expect(filesOf('en').map((file) => file.replace('en.json', '')).sort()).toEqual(['', ...PARTS.map((part) => `${part}/`)])
    expect(filesOf('zh-CN').map((file) => file.replace('zh-CN.json', '')).sort()).toEqual(['', ...PARTS.map((part) => `${part}/`)])
    for (const part of PARTS) for (const locale of ['en', 'zh-CN']) expect(Object.keys(read(`${part}/${locale}.json`))).toEqual([part])
  })

  it('are asked for by nothing else', () => {
    const others = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/u.test(name) && !name.endsWith('.test.ts'))
    const strangers = PARTS.flatMap((part) =>
      others.filter((name) => !name.startsWith(`features/${part}/`) && new RegExp(`\\bt\\(\\s*['"\`]${part}\\.`, 'u').test(readFileSync(join('src', name), 'utf8'))),
    )
    expect(strangers).toEqual([])
  })

  it('are there for every page that is opened with some', () => {
    const named = sources.flatMap((source) => [...source.matchAll(/\b(?:withTexts\(|loadTexts\(|texts: )'(\w+)'/gu)].map((match) => match[1] ?? ''))
    expect([...new Set(named)].sort()).toEqual(PARTS)
  })

  it('are missed loudly', async () => {
    await expect(loadTexts('nonsense')).rejects.toThrow('nonsense')
  })

  it('come with their page, and in another language with that', async () => {
    await setLocale('en')
    expect(texts.te('setup.done')).toBe(false)
    await loadTexts('setup')
    expect(texts.t('setup.done')).toBe('Done')
    await setLocale('zh-CN')
    expect([texts.t('setup.done'), texts.te('whatif.lead')]).toEqual(['完成', false])
    await loadTexts('whatif')
    expect(texts.te('whatif.lead')).toBe(true)
    await setLocale('en')
    expect([i18n.global.locale.value, texts.te('whatif.lead'), texts.te('common.cancel')]).toEqual(['en', true, true])
  })
})

describe('the components', () => {
  it('never write HTML that is not a node', () => {
    expect(sources.filter((source) => /v-html|\.innerHTML\s*=|insertAdjacentHTML/u.test(source))).toEqual([])
  })

  it('fetch nothing themselves', () => {
    const components = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.vue'))
    expect(components.filter((name) => /\bfetch\(|\bhttp\./u.test(readFileSync(join('src', name), 'utf8')))).toEqual([])
  })

  it('stay below two hundred lines', () => {
    const components = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.vue'))
    expect(components.filter((name) => readFileSync(join('src', name), 'utf8').split('\n').length > 200)).toEqual([])
  })
})
