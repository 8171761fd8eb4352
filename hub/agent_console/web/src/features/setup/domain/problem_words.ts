import { i18n, texts } from '@/i18n'
import { faultWords } from '@/shared/api/errors'
import type { Named, SetupDocument, SetupProblem } from '@/shared/api/setup_types'
import { hoursName } from '../hours/named_hours'

/** Sentences of the hub's check in the language of the screens; one that is not known here is shown as it came. */
const PROBLEMS: [pattern: RegExp, key: string, names: string[]][] = [
  [/^there is no closing field '(.*)'; known/isu, 'noField', ['name']],
  [/^'(.+)' is asked for twice$/iu, 'askedTwice', ['name']],
  [/^at most (\d+) can be required; (.+) are with the outcome '(.+)'$/iu, 'requiredTooManyWith', ['n', 'names', 'outcome']],
  [/^at most (\d+) can be required; (.+) are$/iu, 'requiredTooMany', ['n', 'names']],
  [/^a field to choose from needs choices$/iu, 'needsChoices', []],
  [/^a key is used more than once$/iu, 'twiceHere', []],
  [/^'(.+)' is asked for without a field/iu, 'builtIn', []],
  [/^is less than `least`$/iu, 'mostBelowLeast', []],
  [/^nobody can fill this in/iu, 'noAction', []],
  [/^the code '(.+)' belongs to another reason already/iu, 'codeTaken', ['name']],
  [/^'(.+)' is used more than once among its neighbours$/iu, 'neighbour', ['name']],
  [/^the tree of reasons has at most (\d+) levels$/iu, 'levels', ['n']],
  [/^with those above it has more than (\d+) characters$/iu, 'longCode', ['n']],
  [/^there is no such key/iu, 'noKey', []],
  [/^there is no tier '(.+)'; known: (.*)$/isu, 'noTier', ['name', 'known']],
  [/^two have the (\S+) address '(.+)'$/iu, 'addressTwice', ['word', 'name']],
  [/^'(.+)' is no span of the day/iu, 'noSpan', ['name']],
  [/^only a field of the kind choice has choices$/iu, 'onlyChoice', []],
  [/^is after dormant_after_days/iu, 'lostAfter', []],
  [/^asks for (\S+), which agents are not told/iu, 'untold', ['name']],
  [/^agents are not told of '(.+)', and (?:this|a deadline) would tell it; name '(.+?)'/iu, 'untoldWord', ['name', 'other']],
  [/^stands for a secret that is not in force/iu, 'secretGone', []],
  [/^names the holidays/iu, 'holidaysName', []],
  [/^is above capacity.total/iu, 'aboveTotal', []],
  [/^has no deadline; give/iu, 'noDeadline', []],
  [/^(\d+) s of the hours '(.+)' take more than a lifetime/iu, 'lifetime', ['n', 'name']],
  [/^the policy has no (\S+); give/iu, 'noDeadlineOf', ['deadline']],
  [/^with warn_at = 1 there is no warning/iu, 'noWarning', []],
  [/^'(.*)' is nobody to notify/iu, 'nobodyTold', ['name']],
  [/^contacts of this policy are in '(.+)' already$/iu, 'thereAlready', ['queue']],
  [/^'(.*)' is no agent/iu, 'noAgent', ['name']],
  [/^a priority is raised for everybody/iu, 'priority', []],
  [/^never applies, '(.+)' before it takes/iu, 'shadowed', ['name']],
  [/time_zone '(.*)' is no zone/iu, 'zone', ['name']],
  [/^the entry point '(?:.+)' takes calls of a PBX: give it a key/iu, 'pbxNoKey', []],
  [/^the address by which the PBX of '(?:.+)' is asked/iu, 'pbxDialUrl', []],
  [/^cookie_domain is a domain of your own/iu, 'cookieShared', []],
  [/^cookie_domain is what one of its origins/iu, 'cookieDomain', []],
  [/^return_page is a page of one of its origins/iu, 'returnPage', []],
  [/`ed25519` is no Ed25519 public key/iu, 'noPublicKey', []],
  [/reply_to needs \{number\}/iu, 'replyTo', []],
  [/gateway '(.*)' is none of (.+)$/iu, 'gateway', ['name', 'known']],
  [/^there is no placeholder (.+); known: (.*)$/iu, 'noPlace', ['name', 'known']],
  [/^needs (\{.+\}): without it/iu, 'needsPlace', ['name']],
  [/^a brace stands alone: a placeholder is/iu, 'panelBrace', []],
  [/^begins with https:\/\/ and a host/iu, 'panelOrigin', []],
  [/^has a character that no address has/iu, 'panelUnfit', []],
  [/^names '(.+)' more than once$/iu, 'panelTwice', ['name']],
  [/^a brace stands alone; placeholders are (.+)$/iu, 'braceAlone', ['known']],
  [/^a subject is one line/iu, 'oneLine', []],
  [/^says nothing: leave it out/iu, 'saysNothing', []],
  [/^has characters that cannot be shown/iu, 'unshown', []],
  [/^is longer than (\d+) characters$/iu, 'long', ['n']],
  [/^has more than (\d+) languages$/iu, 'manyLanguages', ['n']],
  [/^this template has no subject$/iu, 'noSubject', []],
  [/this template has no text$/iu, 'noText', []],
  [/^there is no (.+) '(.*)'; known: (.*)$/isu, 'unknown', ['word', 'name', 'known']],
  [/^'(.+)' cannot be retired, (\d+) contact.+ are still in it \((.+?)\)/iu, 'occupiedBy', ['queue', 'n', 'places']],
  [/^'(.+)' cannot be retired, (\d+) contact/iu, 'occupied', ['queue', 'n']],
  [/^is the address of an agent who is named already/iu, 'named', []],
  [/^is the number of this entry point/iu, 'ownNumber', []],
  [/^the key ([1-9]) is used more than once$/iu, 'twice', ['name']],
  [/^is missing: callers are offered this language$/iu, 'missing', []],
  [/^is missing: (?:a number in E\.164|name the (?:hours|queue))/iu, 'missing', []],
  [/^is more than (\d+) menus deep/iu, 'menuDeep', ['n']],
  [/^is empty: a menu needs a choice$/iu, 'menuEmpty', []],
  [/^must lead on: not to a menu or a text$/iu, 'menuLeads', []],
  [/^cannot depend on hours again$/iu, 'menuHours', []],
  [/^'(.+)' is said for another choice, too$/iu, 'saidTwice', ['name']],
  [/^has more than (\d+) branches$/iu, 'tooMany', ['n']],
  [/^the key '(.+)' is used more than once$/iu, 'twice', ['name']],
  [/^has (\d+) values, but there are (\d+) tiers/iu, 'perTier', ['n', 'm']],
  [/^(.+) help each other in a circle/iu, 'circle', ['names']],
  [/^name a team or a queue whose agents help/iu, 'helper', []],
  [/^a queue cannot help itself out$/iu, 'itself', []],
  [/^says not when to help/iu, 'when', []],
  [/^the hours '(.+)' never close/iu, 'neverClose', ['name']],
  [/^The hours '(.*)' cannot be used: they never open/isu, 'neverOpen', []],
  [/^The hours '(.*)' cannot be used/isu, 'hours', ['name']],
  [/^The holiday calendar '(.*)' is not known/iu, 'holidays', ['name']],
  [/^The time zone '(.*)' is not known/iu, 'zone', ['name']],
  [/^'.+' needs a time for .+: set wrap_up/iu, 'modeTime', []],
  [/^queue .+ requires a disposition, and without wrap-up/iu, 'modeNone', []],
  [/^stands for the time on the wall/iu, 'reserved', []],
  [/^has more than (\d+) characters/iu, 'long', ['n']],
  [/^is missing, or the next step is never reached$/iu, 'stepEnds', []],
  [/^is missing, every channel needs it$/iu, 'missing', []],
  [/^is missing(?:; write for example .+)?$/isu, 'missing', []],
  [/^'(.+)' never meets the hours '(.+)' of the queue/iu, 'window', ['window', 'name']],
  [/^say either user or team$/iu, 'receiver', []],
  [/^is the mail address of a user$/iu, 'address', []],
  [/^is before the last of (\d+) steps of (\d+) days/iu, 'tooFew', ['n', 'm']],
  [/^are more than (\d+)$/iu, 'tooMany', ['n']],
  [/^Expected `(?:int|float)` >= (\d+)/iu, 'least', ['n']],
  [/^Expected `(?:int|float)` > (\d+)/iu, 'above', ['n']],
  [/^Expected `(?:int|float)` <= (\d+)/iu, 'most', ['n']],
  [/^Expected `array` of length >= (\d+)/iu, 'atLeast', ['n']],
  [/^Expected `str` of length >= 1/iu, 'empty', []],
  [/^Expected `str` of length <= (\d+)/iu, 'long', ['n']],
  [/^Expected `str` of length >= (\d+)/iu, 'short', ['n']],
  [/^Expected `str` matching regex '\^#/iu, 'colour', []],
  [/^Expected `str` matching regex '\^\[a-z\]\+\//iu, 'fileType', []],
  [/^Expected `str` matching regex '\^\(?\\+\+\[1-9\]/iu, 'e164', []],
  [/^Expected `str` matching regex '\^\[1-9\]\$/iu, 'digit', []],
  [/^Expected `str` matching regex/iu, 'key', []],
  [/^Expected `(?:int|float)`, got `/iu, 'number', []],
  [/^Expected `[^`]+`, got `/iu, 'otherKind', []],
  [/^Invalid enum value '(.*)'$/iu, 'noChoice', ['name']],
]

/** What the check found at one place: the rules about customers say by a code which sentence it is. */
export const toldWords = (one: SetupProblem, setup: SetupDocument | null): string => (one.code ? faultWords(one) : problemWords(one.message, setup))

export function problemWords(message: string, setup: SetupDocument | null): string {
  for (const [pattern, key, names] of PROBLEMS) {
    const match = pattern.exec(message)
    if (!match) continue
    const values = names.map((name, index) => [name, key === 'circle' ? circle(match[1] ?? '', setup) : OF_HOURS.has(key) && name === 'name' ? named(match[index + 1] ?? '', setup) : thing(name, match[index + 1] ?? '', setup)])
    return texts.t(`setup.told.${key}`, Object.fromEntries(values) as Record<string, string>)
  }
  return message
}

/** Sentences whose `name` is that of hours. */
const OF_HOURS = new Set(['neverClose', 'window'])
const named = (key: string, setup: SetupDocument | null): string => (setup ? hoursName(setup, key, i18n.global.locale.value !== 'en', texts.t('setup.hours.default')) : key)

/** "support → sales → support" by the names of the queues. */
function circle(keys: string, setup: SetupDocument | null): string {
  const named = (key: string): string => {
    const queue = setup?.queues.find((one) => one.key === key)
    return (queue && (i18n.global.locale.value === 'en' ? queue.en : queue.zh)) || key
  }
  return keys.split(' → ').map(named).join(' → ')
}

/** "opening hours", "webchat" → the key of its word. */
const wordKey = (word: string): string => (texts.te(`setup.channel.${word}`) ? `setup.channel.${word}` : `setup.word.${word.replaceAll(' ', '_')}`)

/** "team" in the words of the screens. */
function thing(name: string, value: string, setup: SetupDocument | null): string {
  if (name === 'places') return places(value)
  if (name === 'known' && value === 'none') return texts.t('setup.told.none')
  if (name === 'names') return value.split(', ').map((key) => askedName(key, setup)).join(texts.t('setup.comma'))
  if (name === 'deadline') return texts.te(`setup.told.deadline.${value}`) ? texts.t(`setup.told.deadline.${value}`) : value
  if (name === 'outcome') return nameIn(setup?.outcomes, value)
  return name === 'word' && texts.te(wordKey(value)) ? texts.t(wordKey(value)) : value
}

const nameIn = (list: Named[] | undefined, key: string): string => {
  const one = list?.find((thing) => thing.key === key)
  return (one && (i18n.global.locale.value === 'en' ? one.en : one.zh)) || key
}
/** What closing asks for, by its name. */
const askedName = (key: string, setup: SetupDocument | null): string => (texts.te(`setup.builtIn.${key}`) ? texts.t(`setup.builtIn.${key}`) : nameIn(setup?.closing_fields, key))

/** Where contacts are: "2 waiting, 1 in quarantine". */
function places(listed: string): string {
  const said = listed.split(', ').map((one) => {
    const match = /^(\d+) (.+)$/u.exec(one)
    const key = `setup.told.place.${(match?.[2] ?? '').replaceAll(' ', '_')}`
    return match && texts.te(key) ? texts.t(key, { n: match[1] ?? '' }) : one
  })
  return said.join(texts.t('setup.comma'))
}

const WARNINGS: [pattern: RegExp, key: string, names: string[]][] = [
  [/^queue (\S+): nobody can serve it, its teams have no active agent/u, 'nobody', ['queue']],
  [/^queue (\S+): nobody can serve it, no agent of its teams has (.+?) together as its last skill step/u, 'unskilledTogether', ['queue', 'asked']],
  [/^queue (\S+): nobody can serve it, no agent of its teams has (.+?) as its last skill step/u, 'unskilled', ['queue', 'asked']],
  [/^queue (\S+): SLA policies move contacts to it, and its teams have nobody/u, 'nobody', ['queue']],
  [/^queue (\S+): nobody can close its contacts, it asks for a reason/u, 'noReason', ['queue']],
  [/^queue (\S+): nobody can close its contacts, it asks for an outcome/u, 'noOutcome', ['queue']],
  [/^tier (\S+): (\d+) customer\(s\) still have it; agents are shown '(.+?)'/u, 'tierGone', ['tier', 'n', 'shown']],
  [/^entry point (\S+): (\S+) does not come back, no version holds secrets/u, 'secretLeft', ['point', 'name']],
  [/^agent (\S+): no such user yet/u, 'noUser', ['email']],
  [/^sla policy (\S+): (\S+) is no user yet/u, 'slaUser', ['policy', 'email']],
]

export function warningWords(line: string, setup: SetupDocument): string {
  const zh = i18n.global.locale.value !== 'en'
  const said = (list: { key: string; zh: string; en: string }[], key: string): string => {
    const one = list.find((thing) => thing.key === key)
    return one ? (zh ? one.zh : one.en) : key
  }
  for (const [pattern, key, names] of WARNINGS) {
    const match = pattern.exec(line)
    if (!match) continue
    const values = names.map((name, index): [string, string] => {
      const value = match[index + 1] ?? ''
      if (name === 'queue') return [name, said(setup.queues, value)]
      if (name === 'policy') return [name, said(setup.sla_policies, value)]
      if (name === 'tier' || name === 'shown') return [name, said(setup.tiers, value)]
      if (name !== 'asked') return [name, value]
      return [name, value.replace(/[a-z0-9_-]+(?= ≥)/gu, (skill) => said(setup.skills, skill)).replaceAll(', ', texts.t('setup.comma'))]
    })
    return texts.t(`setup.warned.${key}`, Object.fromEntries(values))
  }
  return line
}
