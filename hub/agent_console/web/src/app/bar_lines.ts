import { AtSign, BookOpen, CalendarCheck, ChartNoAxesColumn, CircleDot, FlaskConical, Group, Headset, History, IdCard, Languages, LayoutDashboard, ListChecks, MessageSquareText, PhoneForwarded, Search, Settings, ShieldAlert, SlidersHorizontal, SunMoon, UserRound, UsersRound, Zap } from '@lucide/vue'
import type { Component } from 'vue'

import { recentSearches } from '@/shared/lib/recent_searches'
import { keysOf, readyCommands } from '@/shared/lib/commands'
import type { Hit } from './global_search'

/** A line of the command bar: something found, or something to do. */
export interface BarLine {
  id: string
  label: string
  hint: string
  icon: Component
  keys: string
  run: () => void
}

const HITS: Record<Hit['kind'], Component> = { contact: Headset, customer: UserRound, article: BookOpen, said: MessageSquareText }
const ICONS: Record<string, Component> = {
  'go.desk': Headset,
  'go.todo': ListChecks,
  'go.me': UserRound,
  'go.mentions': AtSign,
  'go.wallboard': LayoutDashboard,
  'go.whatif': FlaskConical,
  'go.reports': ChartNoAxesColumn,
  'go.callbacks': PhoneForwarded,
  'go.quarantine': ShieldAlert,
  'go.commitments': CalendarCheck,
  'go.customers': UsersRound,
  'go.knowledge': BookOpen,
  'go.setup': SlidersHorizontal,
  'go.settings': Settings,
  'go.groups': Group,
  'go.people': IdCard,
  'state.set': CircleDot,
  'look.language': Languages,
  'look.theme': SunMoon,
}
const MOST_RECENT = 5
/** What is at hand first, the way to other pages last. */
const ORDER = ['contact', 'desk', 'everywhere']

/** What was found; `go` opens where it leads. */
export function linesOfHits(hits: Hit[], go: (to: string) => void): BarLine[] {
  return hits.map((hit) => ({ id: hit.to, label: hit.title, hint: hit.hint, icon: HITS[hit.kind], keys: '', run: () => go(hit.to) }))
}

/** The way to the page of all results: for what is typed, or for what this user looked for lately. */
export function linesOfSearches(text: string, userId: string, t: (key: string, values: { text: string }) => string, go: (to: string) => void): BarLine[] {
  const line = (q: string, label: string, icon: Component): BarLine => ({ id: `search:${q}`, label, hint: '', icon, keys: '', run: () => go(`/search?${new URLSearchParams({ q }).toString()}`) })
  const wanted = text.trim()
  if (wanted !== '') return [line(wanted, t('search.everything', { text: wanted }), Search)]
  return recentSearches(userId).slice(0, MOST_RECENT).map((one) => line(one, one, History))
}

/** What can be done now and has every word of `text` in its name; several of a kind only once it was asked for. */
export function linesOfCommands(text: string, t: (key: string) => string): BarLine[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean)
  const fits = (label: string): boolean => words.every((word) => label.toLowerCase().includes(word))
  return readyCommands()
    .filter(({ command }) => !command.quiet)
    .toSorted((a, b) => ORDER.indexOf(a.command.group) - ORDER.indexOf(b.command.group))
    .flatMap(({ command, act }): BarLine[] => {
      const label = t(command.label)
      const icon = command.icon ?? ICONS[command.id] ?? Zap
      if (!act.choices) return fits(label) ? [{ id: command.id, label, hint: '', icon, keys: keysOf(command), run: () => act.run() }] : []
      if (words.length === 0) return []
      return act
        .choices()
        .map((one) => ({ id: `${command.id}:${one.id}`, label: `${label}: ${one.label}`, hint: '', icon, keys: '', run: one.run }))
        .filter((line) => fits(line.label))
    })
}
