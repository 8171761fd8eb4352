/** Settings of an entry point against the form of its channel. Pure. */
import type { FormField } from '@/shared/api/points'
import type { EntryPointPart, SetupDocument } from '@/shared/api/setup_types'

export type Settings = Record<string, unknown>

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const HIDDEN = 'hidden:'

/** What holds: what is set, else what is usual. */
export const valueOf = (settings: Settings, field: FormField): unknown => (field.name in settings ? settings[field.name] : field.usual)

/** The fields to ask for: those that mean something as things are set. */
export const askedFor = (settings: Settings, fields: FormField[]): FormField[] =>
  fields.filter(({ where }) => where === null || fields.some((other) => other.name === where.name && valueOf(settings, other) === where.value))

/** Set a value; the usual one is not written, so that it follows the product. */
export function setValue(settings: Settings, field: FormField, value: unknown): void {
  if (same(value, field.usual)) delete settings[field.name]
  else settings[field.name] = value
}

/** Languages a text is asked in: ours, the entry point's, and those it has already. */
export function languagesOf(point: EntryPointPart, texts: Record<string, string>): string[] {
  return [...new Set(['zh-CN', 'en', point.language, ...Object.keys(texts)])]
}

/** One text changed; an empty one is taken out. */
export function withText(texts: Record<string, string>, language: string, text: string): Record<string, string> {
  const { [language]: _, ...others } = texts
  return text === '' ? others : { ...texts, [language]: text }
}

/** A stand-in for a secret that stays as it is. */
export const isHidden = (value: unknown): boolean => typeof value === 'string' && value.startsWith(HIDDEN)

/** Something of text per line; blank lines are none. */
export const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean)

export function newPoint(key: string, channel: string, name: string, address: string, queue: string, language: string): EntryPointPart {
  return { key, channel, address, queue, name, language, region: 'CN', acknowledges: false, hours: '', settings: {} }
}

/** A channel's first entry point: it needs answer times, a cost and a most, which are then to be looked at. */
export function giveTargets(setup: Pick<SetupDocument, 'target_s' | 'capacity'>, channel: string): void {
  const like = ['email', ...Object.keys(setup.target_s)].find((one) => one in setup.target_s)
  if (!(channel in setup.target_s) && like) setup.target_s[channel] = [...setup.target_s[like]!]
  setup.capacity.cost[channel] ??= 20
  setup.capacity.max[channel] ??= 4
}

/** A group may be set in part: the rest of it is as usual. */
const wholeOf = (settings: Settings, field: FormField): unknown => (field.kind === 'group' ? { ...(field.usual as Settings), ...(valueOf(settings, field) as Settings) } : valueOf(settings, field))

/** What a widget is drawn from, as widget.json would say it; secrets stay out, and it keeps no cookie. */
export function widgetConfig(point: EntryPointPart, fields: FormField[]): Record<string, unknown> {
  const shown = fields.filter((field) => !field.secret)
  const values = Object.fromEntries(shown.map((field) => [field.name, wholeOf(point.settings, field)]))
  const megabytes = typeof values['max_file_mb'] === 'number' ? values['max_file_mb'] : 1
  return { ...values, entry_point: point.key, socket_url: 'wss://preview.invalid/chat', language: point.language, max_file_bytes: megabytes * 2 ** 20, help: false, calls: 'never', cookie_domain: '' }
}

export const snippetOf = (base: string, key: string): string => `<script async src="${base}/channels/${key}/widget.js"></script>`
