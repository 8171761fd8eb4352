import { i18n, texts } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'

/** Sentences of the hub's check in the language of the screens; one that is not known here is shown as it came. */
const PROBLEMS: [pattern: RegExp, key: string, names: string[]][] = [
  [/^there is no (.+) '(.*)'; known: (.*)$/su, 'unknown', ['word', 'name', 'known']],
  [/^the key '(.+)' is used more than once$/u, 'twice', ['name']],
  [/^has (\d+) values, but there are (\d+) tiers/u, 'perTier', ['n', 'm']],
  [/^(.+) help each other in a circle/u, 'circle', ['names']],
  [/^name a team or a queue whose agents help/u, 'helper', []],
  [/^a queue cannot help itself out$/u, 'itself', []],
  [/^says not when to help/u, 'when', []],
  [/^the hours '(.+)' never close/u, 'neverClose', ['name']],
  [/^The hours '(.*)' cannot be used: they never open/su, 'neverOpen', []],
  [/^The hours '(.*)' cannot be used/su, 'hours', ['name']],
  [/^The holiday calendar '(.*)' is not known/u, 'holidays', ['name']],
  [/^The time zone '(.*)' is not known/u, 'zone', ['name']],
  [/^is missing, or the next step is never reached$/u, 'stepEnds', []],
  [/^'(.+)' never meets the hours '(.+)' of the queue/u, 'window', ['window', 'name']],
  [/^Expected `(?:int|float)` >= (\d+)/u, 'least', ['n']],
  [/^Expected `(?:int|float)` > (\d+)/u, 'above', ['n']],
  [/^Expected `(?:int|float)` <= (\d+)/u, 'most', ['n']],
  [/^Expected `array` of length >= (\d+)/u, 'atLeast', ['n']],
  [/^Expected `str` of length >= 1/u, 'empty', []],
  [/^Expected `str` of length <= (\d+)/u, 'long', ['n']],
  [/^Expected `str` matching regex/u, 'key', []],
  [/^Expected `int`, got `(?:null|float|str)`/u, 'number', []],
]

export function problemWords(message: string): string {
  for (const [pattern, key, names] of PROBLEMS) {
    const match = pattern.exec(message)
    if (match) return texts.t(`setup.told.${key}`, Object.fromEntries(names.map((name, index) => [name, thing(name, match[index + 1] ?? '')])))
  }
  return message
}

/** "team" in the words of the screens. */
const thing = (name: string, value: string): string => (name === 'word' && texts.te(`setup.word.${value}`) ? texts.t(`setup.word.${value}`) : value)

const WARNINGS: [pattern: RegExp, key: string, names: string[]][] = [
  [/^queue (\S+): .*nobody/u, 'nobody', ['queue']],
  [/^agent (\S+): no such user yet/u, 'noUser', ['email']],
  [/^sla policy (\S+): (\S+) is no user yet/u, 'slaUser', ['policy', 'email']],
]

export function warningWords(line: string, setup: SetupDocument): string {
  if (i18n.global.locale.value === 'en') return line
  for (const [pattern, key, names] of WARNINGS) {
    const match = pattern.exec(line)
    if (!match) continue
    const values = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']))
    const queue = setup.queues.find((one) => one.key === values['queue'])
    return texts.t(`setup.warned.${key}`, queue ? { ...values, queue: queue.zh } : values)
  }
  return line
}
