import { defineStore } from 'pinia'
import { computed, markRaw, ref, watch } from 'vue'

import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import * as api from '@/shared/api/setup'
import type { ChangeLines, Saved, SetupAgent, SetupDocument, SetupProblem, StoredSetup, Version } from '@/shared/api/setup_types'
import { useSession } from '@/stores/session'
import type { Kind, RemovedWord } from './domain/closing'
import { differences, type Difference } from './domain/diff'
import { within } from './domain/path'
import type { Removed } from './domain/reason_tree'

const CHECK_AFTER_MS = 400
const copy = (setup: SetupDocument): SetupDocument => JSON.parse(JSON.stringify(setup)) as SetupDocument

/** Somebody else has saved since this copy was taken. */
export interface Overtaken {
  version: Version
}

/** What is in force, and the agents: whom it no longer names may have other skills than before. */
interface Fresh {
  stored: StoredSetup
  people: SetupAgent[]
}

/** The one working copy of the business set-up: what is in force, what was changed here, what the hub says of it. */
export const useSetupDraft = defineStore('setup_draft', () => {
  const session = useSession()
  const version = ref<Version | null>(null)
  const before = ref<SetupDocument | null>(null)
  const setup = ref<SetupDocument | null>(null)
  const agents = ref<SetupAgent[]>([])
  const trouble = ref<{ none: boolean; message: string } | null>(null)
  const problems = ref<SetupProblem[]>([])
  const lines = ref<ChangeLines | null>(null)
  const checking = ref(false)
  const uncheckable = ref('')
  const saving = ref(false)
  const overtaken = ref<Overtaken | null>(null)
  const unread = ref(new Set<string>())
  const lost = ref<Difference[]>([])
  const lostFrom = ref<SetupDocument | null>(null)
  /** Goes up when a draft is given up: its fields are made anew, also those in which something unreadable stands. */
  const copyNo = ref(0)
  /** What is to be known of the version that was brought back last, until it is read. */
  const told = ref<string[]>([])
  /** What was taken out of this draft, as it stood then: also what was never saved can be had again. */
  const removed = markRaw({ words: new Map<`${Kind}/${string}`, RemovedWord>(), reasons: new Map<string, Removed>() })
  let owner = ''

  /** Through text: what the pages read is followed, what is compared are plain values. */
  const changes = computed<Difference[]>(() => (setup.value && before.value ? differences(before.value, copy(setup.value)) : []))
  const dirty = computed(() => changes.value.length > 0)
  /** What is not to be written over: also a field in which something unreadable stands. */
  const begun = computed(() => dirty.value || unread.value.size > 0)
  const warnings = computed(() => lines.value?.warnings ?? [])
  const changedAt = (...keys: string[]): boolean => changes.value.some((one) => keys.every((key, index) => one.path[index] === key))
  const problemsAt = (path: string): SetupProblem[] => problems.value.filter((one) => within(one.path, path))

  /** A field in which something stands that cannot be read; what is in force for it stays until it can. */
  function setUnread(field: string, is: boolean): void {
    if (is === unread.value.has(field)) return
    const next = new Set(unread.value)
    if (is) next.add(field)
    else next.delete(field)
    unread.value = next
  }

  function take(stored: StoredSetup): void {
    version.value = stored.version
    before.value = Object.freeze(copy(stored.setup))
    setup.value = stored.setup
    forgetCheck()
    forgetRemoved()
    owner = session.me?.id ?? ''
  }

  function forgetRemoved(): void {
    removed.words.clear()
    removed.reasons.clear()
  }

  function forgetCheck(): void {
    turn += 1
    window.clearTimeout(timer)
    problems.value = []
    lines.value = null
    checking.value = false
    uncheckable.value = ''
  }

  async function read(): Promise<Fresh> {
    const [stored, people] = await Promise.all([api.getDocument(), api.listSetupAgents()])
    return { stored, people }
  }

  /** A draft is never written over, also not one that was begun while this was read. */
  function accept({ stored, people }: Fresh): void {
    const known = version.value?.id ?? 0
    if (setup.value && stored.version.id < known) return // an answer that was overtaken itself
    const newer = stored.version.id > known
    if (begun.value && newer) overtaken.value = { version: stored.version }
    if (begun.value) return
    overtaken.value = null
    agents.value = people
    if (newer || !setup.value) take(stored)
  }

  /** Read what is in force; a draft of the same person is kept. */
  async function load(): Promise<void> {
    if (owner !== session.me?.id) forget()
    trouble.value = null
    try {
      accept(await read())
    } catch (error) {
      const message = messageOf(error)
      if (!dirty.value) setup.value = null
      trouble.value = setup.value ? null : { none: error instanceof ApiError && error.code === 'setup.none', message }
    }
  }

  /** Somebody else's draft is nobody's business. */
  function forget(): void {
    setup.value = before.value = version.value = null
    overtaken.value = null
    lost.value = []
    unread.value = new Set()
    forgetCheck()
    forgetRemoved()
  }

  /** The hub said that the set-up changed: follow it, or say so where there is a draft. */
  async function look(): Promise<void> {
    if (saving.value) return
    try {
      accept(await read())
    } catch (error) {
      messageOf(error) // what is shown stays; saving says what is wrong
    }
  }

  let timer: number | undefined
  let turn = 0
  watch(begun, () => {
    if (!begun.value && overtaken.value) void look() // nothing of one's own is in the way any more
  })
  watch(changes, () => {
    if (!dirty.value) {
      forgetCheck()
      return
    }
    window.clearTimeout(timer)
    checking.value = true
    timer = window.setTimeout(() => void check(), CHECK_AFTER_MS)
  })

  async function check(): Promise<void> {
    if (!setup.value || !version.value) return
    const mine = ++turn
    try {
      const checked = await api.checkDocument(version.value.id, setup.value)
      if (mine !== turn) return // an answer to an older draft
      if (checked.version.id > version.value.id) overtaken.value = { version: checked.version }
      problems.value = checked.problems
      lines.value = checked.changes
      uncheckable.value = ''
    } catch (error) {
      if (mine === turn) uncheckable.value = messageOf(error)
    } finally {
      if (mine === turn) checking.value = false
    }
  }

  /** Put the draft in force. "" where it is; else why not, and the draft stays as it is. Asked twice at once, it is done once. */
  function save(note: string): Promise<string> {
    return (underWay ??= put(note).finally(() => (underWay = undefined)))
  }

  let underWay: Promise<string> | undefined
  async function put(note: string): Promise<string> {
    if (!setup.value || !version.value) return ''
    saving.value = true
    try {
      const sent = copy(setup.value)
      const saved = await api.saveDocument(version.value.id, sent, note)
      version.value = saved.version
      before.value = Object.freeze(sent) // what was changed meanwhile stays a change
      overtaken.value = null // what was read meanwhile is this very version
      lost.value = []
      return ''
    } catch (error) {
      return await refused(error)
    } finally {
      saving.value = false
    }
  }

  async function refused(error: unknown): Promise<string> {
    const message = messageOf(error)
    if (!(error instanceof ApiError)) return message
    if (error.code === 'setup.bad') problems.value = (error.body['problems'] as SetupProblem[] | undefined) ?? problems.value
    if (error.code === 'setup.changed') {
      const stored = await api.getDocument().catch(() => null)
      if (stored) overtaken.value = { version: stored.version }
    }
    return message
  }

  function discard(): void {
    if (!before.value) return
    setup.value = copy(before.value)
    copyNo.value += 1
    unread.value = new Set() // their fields are made anew
    forgetCheck()
    forgetRemoved()
    lost.value = []
  }

  /** Take what somebody else saved; what was changed here is listed, to be done again. */
  async function takeTheirs(): Promise<string> {
    try {
      const fresh = await read()
      const mine = { changes: changes.value, from: setup.value }
      discard()
      accept(fresh)
      lost.value = mine.changes
      lostFrom.value = mine.from
      return ''
    } catch (error) {
      return messageOf(error)
    }
  }

  /** A version of the past was put in force: read it. */
  async function restored(saved: Saved): Promise<void> {
    told.value = saved.changes.warnings
    accept(await read())
  }

  return {
    version, before, setup, agents, trouble, problems, lines, warnings, checking, uncheckable, saving, overtaken, unread, lost, lostFrom, changes, dirty, begun, copyNo, told, removed,
    changedAt, problemsAt, setUnread, load, look, check, save, discard, takeTheirs, restored,
  }
})
