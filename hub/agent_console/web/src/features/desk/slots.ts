import { shallowRef, watch, type Component, type ShallowRef } from 'vue'

import { loadTexts, withTexts } from '@/i18n'
import type { Command } from '@/shared/lib/command_list'
import { addCommands } from '@/shared/lib/commands'
import { late, lateDialog } from '@/shared/lib/late_part'
import { useLive } from '@/stores/live'
import type { ContactActions } from './contact_actions'
import type { OpenContact } from './open_contact'

/** What something brought to the desk can see and do. `show` puts a dialog over the contact: it gets `open` as v-model. */
export interface DeskContext {
  open: OpenContact
  actions: ContactActions
  show: (dialog: Component) => void
}

/** A part of the side panel. It is drawn inside the desk page: `useOpenContact()` tells it of what. */
export interface PanelSection {
  id: string
  /** Right under the customer, where the set-up has it by its id (hub/contacts/panel), or at the end. */
  place: 'first' | 'ordered' | 'last'
  /** Among those of the same place. */
  order: number
  component: Component
  when?: (open: OpenContact) => boolean
}

/** Something to do with the open contact: in the menu of its header, in the command bar, by its key. */
export interface ContactAction extends Omit<Command, 'group'> {
  when?: (open: OpenContact) => boolean
  run: (context: DeskContext) => void
}

/** A tool beside those of the composer, or over the list; it is a component so that it may show a state. */
export interface DeskTool {
  id: string
  order: number
  component: Component
}

/** What a feature exports from its `desk.ts`. */
export interface DeskParts {
  /** The part of the texts (i18n/<texts>/) that the labels of its actions are in; without it they are in those of all. */
  texts?: string
  panel?: PanelSection[]
  contactActions?: ContactAction[]
  composerTools?: DeskTool[]
  listTools?: DeskTool[]
}
export interface DeskSlots {
  panel: PanelSection[]
  contactActions: ContactAction[]
  composerTools: DeskTool[]
  listTools: DeskTool[]
}

const files = import.meta.glob<{ parts: DeskParts }>('@/features/*/desk.ts')

/** A component with its texts, fetched when it is first drawn. */
export function lazily(load: () => Promise<{ default: Component }>, part?: string): Component {
  return late(() => (part ? withTexts(part, load()) : load()))
}

/** As `lazily`, a dialog that is asked for. */
export function lazyDialog(load: () => Promise<{ default: Component }>, part?: string): Component {
  return lateDialog(() => (part ? withTexts(part, load()) : load()))
}

/** All parts in one, each kind in its order. A feature's actions become commands. */
export function gatherParts(found: DeskParts[]): DeskSlots {
  const inOrder = <T extends { order: number }>(items: T[]): T[] => items.toSorted((a, b) => a.order - b.order)
  return {
    panel: inOrder(found.flatMap((one) => one.panel ?? [])),
    contactActions: found.flatMap((one) => one.contactActions ?? []),
    composerTools: inOrder(found.flatMap((one) => one.composerTools ?? [])),
    listTools: inOrder(found.flatMap((one) => one.listTools ?? [])),
  }
}

type Read = () => Promise<{ parts: DeskParts }>

async function readOne(read: Read): Promise<DeskParts> {
  const { parts } = await read()
  if (parts.texts) await loadTexts(parts.texts)
  return parts
}

/** Slots that are filled once, whoever asks. What cannot be fetched leaves the rest there, and is fetched when one asks again. */
export function slotsOf(reads: Read[]): { slots: ShallowRef<DeskSlots>; ask: () => Promise<void> } {
  const slots = shallowRef<DeskSlots>(gatherParts([]))
  let asked: Promise<void> | undefined

  async function load(): Promise<void> {
    const settled = await Promise.allSettled(reads.map(readOne))
    const gathered = gatherParts(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
    addCommands(gathered.contactActions.map(({ id, label, keys, icon, quiet, fixed }) => ({ id, label, keys, group: 'contact', ...(icon ? { icon } : {}), ...(quiet ? { quiet } : {}), ...(fixed ? { fixed } : {}) })))
    slots.value = gathered
    if (settled.some((one) => one.status === 'rejected')) asked = undefined
  }
  return { slots, ask: () => (asked ??= load()) }
}

const brought = slotsOf(Object.values(files))

/** What the features bring to the desk; empty until their `desk.ts` were fetched, which this begins, and each new connection again where one failed. */
export function useDeskSlots(): ShallowRef<DeskSlots> {
  const live = useLive()
  watch(() => live.picture.at, brought.ask, { immediate: true })
  return brought.slots
}
