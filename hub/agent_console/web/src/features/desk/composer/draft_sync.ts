import { computed, onBeforeUnmount, onMounted, shallowReactive, watch, type ComputedRef } from 'vue'

import * as api from '@/shared/api/drafts'
import type { DraftState } from '@/shared/api/drafts'
import { ApiError } from '@/shared/api/http'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { useOutbox } from '@/stores/outbox'
import { useSession } from '@/stores/session'
import { ANSWERABLE, type OpenContact } from '../open_contact'
import { blankReply, compare, printOf, replyOf, wordsOf } from './draft_merge'

const SAVE_AFTER_MS = 1_000
const AGAIN_MS = 4_000

export interface DraftSync {
  /** A draft of the hub's that is not the one here: the agent says which is to stay. */
  asked: ComputedRef<DraftState | null>
  /** Something is written here that the hub's draft would replace. */
  written: ComputedRef<boolean>
  use: () => void
  keep: () => void
}

/** Keeps the reply of the open contact on the hub, so that it travels with the contact. The browser's copy stays beside it. */
export function useDraftSync(open: OpenContact): DraftSync {
  const drafts = useDrafts()
  const live = useLive()
  const outbox = useOutbox()
  const session = useSession()
  const asking = shallowReactive(new Map<string, DraftState>())
  const busy = new Set<string>()
  const again = new Set<string>() // was to be saved while busy
  const timers = new Map<string, number>()

  const print = computed(() => printOf(drafts.of(open.id.value)))

  function later(contactId: string, ms: number): void {
    window.clearTimeout(timers.get(contactId))
    timers.set(
      contactId,
      window.setTimeout(() => {
        timers.delete(contactId)
        notice()
        void save(contactId)
      }, ms),
    )
  }

  function inHand(contactId: string): boolean {
    const row = contactId === open.id.value ? open.row.value : live.picture.contacts[contactId]
    return row?.agent_id === session.me?.id && ANSWERABLE.includes(row?.state ?? '')
  }

  /** Give the hub what is written here, if it does not have it. What was sent stays there until the answer is stored. */
  async function save(contactId: string, leaving = false): Promise<void> {
    const draft = drafts.of(contactId)
    const now = printOf(draft)
    if (now === draft.print || asking.has(contactId) || !inHand(contactId)) return
    if (now === '' && outbox.answers(contactId)) return
    if (busy.has(contactId)) {
      again.add(contactId)
      return
    }
    const [began, made] = [Date.now(), draft.seen]
    await alone(contactId, async () => {
      const { version } = now === '' ? await api.dropDraft(contactId, draft.version) : await api.saveDraft(contactId, draft.version, wordsOf(draft), leaving)
      outbox.takeAlong(contactId, began, made, version)
      drafts.save(contactId, { version, seen: version, print: now })
    })
  }

  /** See what the hub has: another page, another agent or a sent answer changed it. */
  async function look(contactId: string): Promise<void> {
    if (busy.has(contactId)) return
    await alone(contactId, async () => settle(contactId, await api.getDraft(contactId)))
  }

  function settle(contactId: string, hub: DraftState): void {
    const held = drafts.of(contactId)
    const known = { version: hub.version, seen: hub.version }
    asking.delete(contactId)
    switch (compare(held, hub, session.me?.id ?? '')) {
      case 'same':
        return drafts.save(contactId, { ...known, print: printOf(held) })
      case 'give':
        return drafts.save(contactId, { ...known, print: hub.draft ? printOf(replyOf(hub.draft)) : '' })
      case 'forget':
        return drafts.save(contactId, { ...blankReply(), ...known, print: '' })
      case 'take':
        return take(contactId, hub)
      case 'ask':
        asking.set(contactId, hub)
        return drafts.save(contactId, { seen: hub.version })
    }
  }

  /** One question at a time for each contact, so that its answers come in order. */
  async function alone(contactId: string, ask: () => Promise<void>): Promise<void> {
    busy.add(contactId)
    try {
      await ask()
      busy.delete(contactId)
      if (again.delete(contactId)) void save(contactId)
      else later(contactId, SAVE_AFTER_MS)
      notice()
    } catch (error) {
      busy.delete(contactId)
      again.delete(contactId)
      if (!(error instanceof ApiError)) throw error
      if (error.code === 'draft.changed') await look(contactId)
      else if (error.offline || error.status >= 500) later(contactId, AGAIN_MS)
      // Refused for good (the contact went on, was closed): the browser's copy is left.
    }
  }

  /** The row tells of changes elsewhere; an answer that was sent leaves no draft, which needs no question. */
  function notice(): void {
    const row = open.row.value
    if (!row || !open.answerable.value || busy.has(row.id)) return
    const known = asking.get(row.id)?.version ?? drafts.of(row.id).version
    if (row.draft_version <= known) return
    if (row.draft_author_id !== null) void look(row.id)
    else {
      settle(row.id, { version: row.draft_version, draft: null })
      later(row.id, SAVE_AFTER_MS)
    }
  }

  function take(contactId: string, hub: DraftState): void {
    const part = hub.draft ? replyOf(hub.draft) : blankReply()
    drafts.save(contactId, { ...part, via: '', version: hub.version, seen: hub.version, print: printOf(part) })
  }

  function use(): void {
    const hub = asking.get(open.id.value)
    if (!hub) return
    asking.delete(open.id.value)
    take(open.id.value, hub)
  }

  /** What is written here replaces the hub's; nothing written: it is discarded. */
  function keep(): void {
    const hub = asking.get(open.id.value)
    if (!hub?.draft) return
    asking.delete(open.id.value)
    drafts.save(open.id.value, { version: hub.version, seen: hub.version, print: printOf(replyOf(hub.draft)) })
    void save(open.id.value)
  }

  const saveNow = (): void => void save(open.id.value)
  const saveLeaving = (): void => {
    if (document.visibilityState === 'hidden') void save(open.id.value, true)
  }

  watch([print, () => outbox.answers(open.id.value)], () => later(open.id.value, SAVE_AFTER_MS))
  watch(open.id, (_now, before) => void save(before))
  watch(
    () => [open.id.value, open.row.value?.draft_version, open.answerable.value, live.online],
    () => {
      notice()
      later(open.id.value, SAVE_AFTER_MS)
    },
    { immediate: true },
  )
  onMounted(() => {
    document.addEventListener('focusout', saveNow)
    document.addEventListener('visibilitychange', saveLeaving)
    saveNow() // what was written before this was loaded, or without a line
  })
  onBeforeUnmount(() => {
    document.removeEventListener('focusout', saveNow)
    document.removeEventListener('visibilitychange', saveLeaving)
    saveNow()
  })

  return {
    asked: computed(() => asking.get(open.id.value) ?? null),
    written: computed(() => print.value !== ''),
    use,
    keep,
  }
}
