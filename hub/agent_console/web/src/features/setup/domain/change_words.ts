import { price } from '@/features/commitments/words'
import { sentenceOf } from '@/features/rules/rule_words'
import { texts } from '@/i18n'
import type { AskPart, EscalationPart, Named, ReasonPart, SetupDocument } from '@/shared/api/setup_types'
import type { Condition } from '@/shared/api/value'
import type { Difference } from './diff'
import { hoursKeys, hoursName } from '../hours/named_hours'
import { escalationWords } from './policy_words'
import { profileName } from './profiles'
import { taggedName } from '@/shared/lib/languages'
import { formatDuration } from '@/shared/lib/duration'

const KEYED = ['tiers', 'teams', 'skills', 'queues', 'sla_policies', 'plans', 'outcomes', 'closing_fields', 'next_actions', 'not_ready_reasons', 'decline_reasons'] as const

/** Lists of channels, by the outermost key and the innermost. */
const CHANNEL_LISTS = new Set(['side_panel.channels', 'sla_policies.channels', 'offer.connects', 'offer.no_decline', 'capacity.interruptible', 'capacity.business_time'])

/** Whether a path is that of a thing, and not of something about it. */
export function isWhole(path: string[]): boolean {
  if (path[0] === 'allocation') return path[1] === 'rules' && path.length === 3
  if (path[0] === 'reasons') return wayOf(path).length * 2 === path.length
  if (path[0] === 'templates') return false
  if (path[0] === 'side_panel') return path[1] === 'links' && path.length === 3
  return path.length <= 2 || (path[0] === 'plans' && path[2] === 'steps' && path.length === 4)
}

/** The keys of the reasons that a path leads through: ['reasons', 'repair', 'children', 'visit', 'zh'] → repair, visit. */
function wayOf(path: string[]): string[] {
  const way = path[1] === undefined ? [] : [path[1]]
  for (let at = 2; path[at] === 'children' && path[at + 1] !== undefined; at += 2) way.push(path[at + 1]!)
  return way
}

/** A text as one line of which the beginning is shown. */
const MOST_SHOWN = 160
const shortened = (text: string): string => {
  const line = text.replace(/\s+/gu, ' ')
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line
}

/** Says differences in the words of the screens: "Support · Answer target · Phone · Gold: 10 s → 20 s". */
export class ChangeWords {
  private readonly names = new Map<string, string>()
  private readonly locale: string
  private readonly newest: SetupDocument | undefined
  private currency = 'CNY'

  constructor(documents: SetupDocument[], locale: string) {
    this.locale = locale
    this.newest = documents.at(-1)
    for (const setup of documents) {
      for (const list of KEYED) {
        for (const one of setup[list] ?? []) this.names.set(`${list}/${one.key}`, this.nameOf(one))
      }
      for (const one of setup.entry_points ?? []) this.names.set(`at/${one.key}`, one.name)
      this.nameReasons(setup.reasons ?? [], '')
      for (const one of setup.allocation?.rules ?? []) this.names.set(`allocation/${one.key}`, this.nameOf(one))
      for (const plan of setup.plans ?? []) for (const step of plan.steps) this.names.set(`steps/${plan.key}/${step.key}`, this.nameOf(step))
      for (const one of setup.side_panel?.links ?? []) this.names.set(`links/${one.key}`, this.nameOf(one))
      for (const key of hoursKeys(setup)) this.names.set(`hours/${key}`, hoursName(setup, key, this.zh, texts.t('setup.hours.default')))
      for (const key of Object.keys(setup.profiles ?? {})) this.names.set(`profiles/${key}`, profileName(setup, key, this.zh))
      this.currency = setup.value?.currency ?? this.currency
    }
  }

  /** What it is about: names and fields from the outside in. */
  where(difference: Difference): string {
    const [first = '', ...rest] = difference.path
    if (first === 'reasons' && rest.length > 0) return this.reason(difference.path)
    const labels = [this.part(first), ...rest.map((key, index) => this.label(first, rest, key, index))]
    if (KEYED.some((list) => list === first) && rest.length > 0) labels[0] = texts.t(`setup.thing.${first}`)
    if (first === 'next_reply_s') labels[0] = texts.t('setup.sla.talking') // that of policies is another one
    return labels.join(' · ')
  }

  /** What became of it. */
  what({ kind, path, before, after }: Difference): string {
    if (kind === 'moved') return texts.t('setup.changes.order')
    const whole = isWhole(path)
    if (kind === 'added') return whole ? texts.t('setup.changes.added') : this.value(path, after)
    if (kind === 'removed' && path[0] === 'templates') return texts.t('setup.changes.usual')
    if (kind === 'removed') return texts.t('setup.changes.removed')
    return texts.t('setup.changes.fromTo', { before: this.value(path, before), after: this.value(path, after) })
  }

  private nameReasons(tree: ReasonPart[], above: string): void {
    for (const one of tree) {
      const way = `${above}/${one.key}`
      this.names.set(`reasons${way}`, this.nameOf(one))
      this.nameReasons(one.children, way)
    }
  }

  /** "Reason · Repair › Visit · Name in English". */
  private reason(path: string[]): string {
    const way = wayOf(path)
    const named = way.map((key, index) => this.names.get(`reasons/${way.slice(0, index + 1).join('/')}`) ?? key)
    const inside = path.slice(way.length * 2).filter((key) => key !== 'children')
    return [texts.t('setup.thing.reasons'), named.join(' › '), ...inside.map((key) => this.part(key))].join(' · ')
  }

  private get zh(): boolean {
    return this.locale.startsWith('zh')
  }

  private nameOf(one: Named): string {
    return this.zh ? one.zh : one.en
  }

  private label(first: string, rest: string[], key: string, index: number): string {
    if (index === 0 && this.names.has(`${first}/${key}`)) return this.names.get(`${first}/${key}`)!
    if (first === 'allocation' && rest[0] === 'rules' && index === 1) return this.names.get(`allocation/${key}`) ?? key
    if (first === 'side_panel' && rest[0] === 'links' && index === 1) return this.names.get(`links/${key}`) ?? key
    if (first === 'plans' && rest[1] === 'steps' && index === 2) return this.names.get(`steps/${rest[0]}/${key}`) ?? key
    if (first === 'templates' && index < 2) return index === 0 ? this.template(key) : taggedName(key, this.locale)
    if (rest.includes('target_s') || first === 'target_s') {
      const tier = this.names.get(`tiers/${key}`)
      if (tier) return tier
    }
    if (first === 'agents' && rest[1] === 'skills' && index === 2) return this.names.get(`skills/${key}`) ?? key
    return this.part(key)
  }

  private template(key: string): string {
    const [name = '', at = ''] = key.split('@')
    const said = texts.te(`setup.template.${name}`) ? texts.t(`setup.template.${name}`) : name
    return at === '' ? said : `${said} · ${this.names.get(`at/${at}`) ?? at}`
  }

  private part(key: string): string {
    for (const group of ['setup.field', 'setup.channel']) {
      if (texts.te(`${group}.${key}`)) return texts.t(`${group}.${key}`)
    }
    return key
  }

  private value(path: string[], value: unknown): string {
    if (value === null || value === undefined || value === '') return this.none(path)
    if (path.at(-1) === 'when' && typeof value === 'object' && !Array.isArray(value)) return this.rule(value as Condition)
    if (typeof value === 'boolean') return texts.t(value ? 'setup.changes.yes' : 'setup.changes.no')
    if (typeof value === 'number') return this.number(path, value)
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return value.map((one) => this.named(path, one)).join(texts.t('setup.comma'))
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number')) return value.map((one) => this.number(path, one)).join(' / ')
    if (path.at(-1) === 'asks' && Array.isArray(value) && value.length > 0) return (value as AskPart[]).map((one) => this.ask(one)).join(texts.t('setup.comma'))
    if (path.at(-1) === 'escalations' && value !== null) return this.steps(value)
    if (Array.isArray(value)) return value.length > 0 ? texts.t('setup.changes.count', { n: value.length }) : this.none(path)
    if (typeof value === 'object') return texts.t('setup.changes.count', { n: Object.keys(value).length })
    return path[0] === 'templates' ? shortened(String(value)) : this.named(path, String(value))
  }

  /** What nothing means at a place. */
  private none(path: string[]): string {
    if (path.at(-2) === 'keep') return texts.t('setup.keep.asAll')
    const word = `setup.sla.unsaid.${path.at(-1)}`
    return texts.t(path[0] === 'sla_policies' && texts.te(word) ? word : 'setup.changes.nothing')
  }

  /** A rule about customers as a sentence; of whom it names only tiers have their names here. */
  private rule(rule: Condition): string {
    const tiers = [...this.names].flatMap(([key, label]) => (key.startsWith('tiers/') ? [{ value: key.slice('tiers/'.length), label }] : []))
    const form = { fields: {}, loyalty: [], currency: this.currency, may_change: true, max_conditions: 0, max_depth: 0, max_choices: 0 }
    const say = (key: string, values?: Record<string, unknown>): string => texts.t(key, values ?? {})
    const share = (value: number): string => new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 2 }).format(value)
    return sentenceOf(rule, { form, tiers, branches: [], users: [], zh: this.locale.startsWith('zh'), say }, (minor) => price(minor, this.currency, this.locale), share)
  }

  /** Steps of an SLA policy as sentences; of those that were cut it is only said that there are some. */
  private steps(value: unknown): string {
    const { newest } = this
    if (!Array.isArray(value)) return texts.t('setup.sla.several')
    if (value.length === 0 || !newest) return value.length === 0 ? texts.t('setup.changes.nothing') : texts.t('setup.changes.count', { n: value.length })
    return (value as EscalationPart[]).map((one) => escalationWords(one, { setup: newest, users: [], locale: this.locale })).join(this.locale.startsWith('zh') ? '' : ' ')
  }

  private number(path: string[], value: number): string {
    if (path.at(-2) === 'keep' && value === 0) return texts.t('setup.keep.noEnd')
    if (path.some((key) => key.endsWith('_s'))) return formatDuration(value, this.locale)
    if (path.at(-1) === 'touch_within_minutes') return formatDuration(value * 60, this.locale)
    if (['goal', 'margin', 'warn_at'].includes(path.at(-1) ?? '')) return new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
    return String(value)
  }

  private ask({ field, required }: AskPart): string {
    const word = `setup.builtIn.${field}`
    const name = this.names.get(`closing_fields/${field}`) ?? (texts.te(word) ? texts.t(word) : field)
    return required ? texts.t('setup.changes.required', { field: name }) : name
  }

  private named(path: string[], key: string): string {
    const word = `setup.newcomers.${path.at(-1)}.${key}`
    if ((path.at(-1) === 'by' || path.at(-1) === 'owner') && texts.te(word)) return texts.t(word)
    if (path[0] === 'side_panel' && texts.te(`setup.panel.section.${key}`) && path.length === 2) return texts.t(`setup.panel.section.${key}`)
    if (path[0] === 'privacy' && texts.te(`setup.privacy.from.${key}`)) return texts.t(`setup.privacy.from.${key}`)
    if (path[0] === 'offer' && path[1] === 'pull') return texts.t(`setup.work.pull.${key}`)
    if (CHANNEL_LISTS.has(`${path[0]}.${path.at(-1)}`) && texts.te(`setup.channel.${key}`)) return texts.t(`setup.channel.${key}`)
    const list = { queues: 'queues', tiers: 'tiers', teams: 'teams', team: 'teams', default_tier: 'tiers', agents_see: 'tiers', abandoned_for: 'tiers', hours: 'hours', profile: 'profiles' }[path.at(-1) ?? '']
    return (list && this.names.get(`${list}/${key}`)) ?? key
  }
}
