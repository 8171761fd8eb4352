/** The menu of a phone line (hub/channels/phone/menus): a tree of choices by key, and a walk through it. Pure. */
import type { EntryPointPart, Named, ReasonPart } from '@/shared/api/setup_types'

export type Texts = Record<string, string>
export const DOES = ['queue', 'menu', 'text', 'voicemail', 'number', 'hours'] as const
export type Does = (typeof DOES)[number]

export interface Branch {
  does?: Does
  queue?: string
  skills?: Record<string, number>
  reason?: string
  menu?: Menu
  text?: Texts
  number?: string
  hours?: string
  open?: Branch
  closed?: Branch
}
export interface Choice extends Branch {
  press: string
  label?: Texts
  words?: Record<string, string[]>
}
export interface Menu {
  prompt?: Texts
  choices?: Choice[]
}
export interface PhoneMenu extends Menu {
  asks_language?: boolean
  listens?: boolean
  otherwise?: Branch
  /** While these are closed callers come to `closed` at once; "": never. */
  hours?: string
  closed?: Branch
}

export const DEEPEST = 3
export const TRIES = 3
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/** The languages callers are offered, the line's own first. */
export function spokenLanguages(point: EntryPointPart): string[] {
  const offered = (point.settings['languages'] as string[] | undefined) ?? ['zh-CN', 'en']
  return [...new Set([point.language, ...offered])]
}

export const doesOf = (branch: Branch): Does => branch.does ?? 'queue'
/** Keys that are free in a menu, with the one that a choice has. */
export const freeKeys = (menu: Menu, own = ''): string[] => KEYS.filter((key) => key === own || !menu.choices?.some((one) => one.press === key))

export function addChoice(menu: Menu): Choice | undefined {
  const [press] = freeKeys(menu)
  if (press === undefined) return undefined
  menu.choices = [...(menu.choices ?? []), { press }]
  return menu.choices.at(-1)
}

/** Another thing is to happen: what belonged to the last is gone. */
export function setDoes(branch: Branch, does: Does): void {
  for (const name of ['queue', 'skills', 'reason', 'menu', 'text', 'number', 'hours', 'open', 'closed'] as const) delete branch[name]
  if (does === 'queue') delete branch.does
  else branch.does = does
  if (does === 'menu') branch.menu = { choices: [{ press: '1' }] }
  if (does === 'hours') Object.assign(branch, { hours: 'default', open: {}, closed: { does: 'voicemail' } })
}

/** By which hours callers come elsewhere at once; "": by none. */
export function setHours(menu: PhoneMenu, hours: string): void {
  if (hours === '') {
    delete menu.hours
    delete menu.closed
    return
  }
  menu.hours = hours
  menu.closed ??= { does: 'voicemail' }
}

export function setText(texts: Texts | undefined, language: string, text: string): Texts {
  const { [language]: _, ...others } = texts ?? {}
  return text.trim() === '' ? others : { ...others, [language]: text.trim() }
}

/** Words by comma, as somebody types them. */
export const wordsOf = (text: string): string[] => text.split(/[,，、]/u).map((one) => one.trim()).filter(Boolean)

/** All branches of a menu, at every depth. */
export function branchesOf(menu: PhoneMenu | undefined): Branch[] {
  const below = (one: Branch | undefined): Branch[] => (one ? [one, ...(one.menu?.choices ?? []).flatMap(below), ...below(one.open), ...below(one.closed)] : [])
  return menu ? [...(menu.choices ?? []).flatMap(below), ...below(menu.otherwise), ...below(menu.closed)] : []
}

/** Reasons by their code, those below one after it. */
export function reasonLines(reasons: ReasonPart[], nameOf: (one: Named) => string, above: { code: string; name: string } = { code: '', name: '' }): { value: string; label: string }[] {
  return reasons.flatMap((one) => {
    const code = one.code || [above.code, one.key].filter(Boolean).join('/')
    const name = [above.name, nameOf(one)].filter(Boolean).join(' › ')
    return [{ value: code, label: name }, ...reasonLines(one.children, nameOf, { code, name })]
  })
}

// ---- the walk: as hub/channels/phone/menus/walk.py ------------------------------------------------

export interface Asked {
  place: string
  tries: number
  text?: Branch
}
export type Follows = Asked | { taken: Branch; place: string }

/** Where a caller begins. */
export function start(root: PhoneMenu, open: boolean): Follows {
  if (open || !root.hours || !root.closed) return { place: '', tries: 0 }
  return root.closed.menu ? { place: 'c', tries: 0 } : { taken: root.closed, place: 'c' }
}

export function menuAt(root: PhoneMenu, place: string): Menu | undefined {
  let menu: Menu | undefined = root
  let branch: Branch | undefined = root.closed ? { closed: root.closed } : undefined
  for (const step of place) {
    if (step === 'o' || step === 'c') branch = step === 'o' ? branch?.open : branch?.closed
    else branch = menu?.choices?.find((one) => one.press === step)
    menu = branch?.menu
  }
  return menu
}

export function press(root: PhoneMenu, at: Asked, key: string, open: boolean): Follows {
  const menu = menuAt(root, at.place)
  if (!menu) return { place: '', tries: 0 }
  if (key === '0') return { taken: {}, place: `${at.place}0` }
  if (key === '*') return { place: before(root, at.place), tries: 0 }
  const chosen = menu.choices?.find((one) => one.press === key)
  if (chosen) return follow(chosen, at.place, at.place + key, open)
  if (at.tries + 1 < TRIES) return { place: at.place, tries: at.tries + 1 }
  const last = follow(root.otherwise ?? {}, at.place, at.place, open)
  return 'taken' in last ? last : { taken: {}, place: at.place }
}

function follow(branch: Branch, from: string, place: string, open: boolean): Follows {
  const does = doesOf(branch)
  if (does === 'hours') return follow((open ? branch.open : branch.closed) ?? {}, from, place + (open ? 'o' : 'c'), open)
  if (does === 'menu' && branch.menu) return { place, tries: 0 }
  if (does === 'text') return { place: from, tries: 0, text: branch }
  return { taken: branch, place }
}

function before(root: PhoneMenu, place: string): string {
  const first = place.startsWith('c') ? 'c' : ''
  for (let to = place.slice(0, -1); to.length > first.length; to = to.slice(0, -1)) if (menuAt(root, to)) return to
  return first
}
