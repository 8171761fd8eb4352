import { computed, inject, onScopeDispose, provide, ref, watch, type ComputedRef, type InjectionKey, type Ref } from 'vue'

import { messageOf } from '@/shared/api/errors'
import type { Capabilities, ContactDetail, ContactRow } from '@/shared/api/types'
import { useConversations } from '@/stores/conversations'
import { useDetails } from '@/stores/details'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'

/** The contact that is looked at, for everything on the page. */
export interface OpenContact {
  id: Ref<string>
  row: ComputedRef<ContactRow | null>
  detail: ComputedRef<ContactDetail | null>
  can: ComputedRef<Capabilities | null>
  /** This agent holds it and may act on it. */
  mine: ComputedRef<boolean>
  /** A reply may be written now. */
  answerable: ComputedRef<boolean>
  /** The conversations that the timeline is made of: its own first, then those merged into it. */
  conversationIds: ComputedRef<string[]>
  /** On which of the merged ones it is answered, as its draft says; '': on its own. */
  via: ComputedRef<string>
  /** The draft was to go on one that is merged no longer. */
  viaGone: ComputedRef<boolean>
  problem: Ref<string>
  reload: () => Promise<void>
}

/** Is this the code of an entry that says what became of contacts that belong together? */
export const isJoining = (code: unknown): boolean => typeof code === 'string' && /^(un)?(merged|linked|split|consult)(_|$)/.test(code)

const KEY: InjectionKey<OpenContact> = Symbol('open contact')
const HELD = ['connecting', 'active', 'hold', 'parked', 'wrap_up']
export const ANSWERABLE = ['active', 'hold', 'parked']

export function provideOpenContact(id: Ref<string>): OpenContact {
  const live = useLive()
  const details = useDetails()
  const session = useSession()
  const conversations = useConversations()
  const drafts = useDrafts()
  const problem = ref('')

  const detail = computed(() => details.byId[id.value] ?? null)
  const row = computed<ContactRow | null>(() => {
    const held = live.picture.contacts[id.value]
    const known = detail.value?.contact
    if (!held) return known ?? null
    return known && known.version > held.version ? known : held
  })
  const merged = computed(() => detail.value?.merged ?? [])
  const conversationIds = computed(() => (detail.value ? [detail.value.contact.conversation_id, ...merged.value.map((one) => one.conversation_id)] : []))
  const wanted = computed(() => drafts.of(id.value).via)
  const other = computed(() => merged.value.find((one) => one.conversation_id === wanted.value))
  const via = computed(() => other.value?.conversation_id ?? '')
  const viaGone = computed(() => wanted.value !== '' && detail.value !== null && !other.value)
  const mine = computed(() => row.value !== null && row.value.agent_id === session.me?.id && HELD.includes(row.value.state))
  const answerable = computed(() => mine.value && ANSWERABLE.includes(row.value?.state ?? ''))

  /** Who does not hold it writes notes only. */
  const can = computed(() => {
    const channel = other.value?.capabilities ?? detail.value?.capabilities
    return channel ? { ...channel, reply: channel.reply && answerable.value } : null
  })

  async function reload(): Promise<void> {
    problem.value = ''
    if (!id.value) return
    try {
      await details.load(id.value)
    } catch (error) {
      problem.value = messageOf(error)
    }
  }

  watch(id, reload, { immediate: true })
  watch(
    () => [live.picture.contacts[id.value]?.state, live.picture.contacts[id.value]?.agent_id, live.picture.at],
    () => void reload(),
  )

  watch(
    () => live.stale,
    (stale) => stale && stale.code !== 'phone_lists_changed' && (stale.code === 'opened_changed' ? stale.contact_id === id.value : [null, row.value?.customer.id].includes(stale.customer_id)) && void reload(),
    { flush: 'sync' },
  )

  let followed: string[] = []
  watch(
    () => conversationIds.value.join(' '),
    () => {
      const before = followed
      followed = conversationIds.value
      for (const one of before.filter((one) => !followed.includes(one))) conversations.unfollow(one)
      followed.forEach((one, place) => {
        const lastSeq = place ? merged.value[place - 1]?.last_seq : detail.value?.last_seq
        if (!before.includes(one)) conversations.follow(one, lastSeq ?? 0)
      })
    },
    { immediate: true },
  )
  onScopeDispose(() => followed.forEach(conversations.unfollow))

  // Merged, split, linked, asked about: the timeline says so to whoever looks at it.
  const joined = computed(() => {
    const entries = conversations.held[conversationIds.value[0] ?? '']?.timeline.entries ?? []
    return entries.findLast((entry) => isJoining(entry.meta['code']))?.id
  })
  watch(joined, (now, before) => now && before !== now && void reload())

  watch(
    () => [id.value, mine.value ? (row.value?.unread ?? 0) : 0, live.online] as const,
    ([contactId, unread, online]) => {
      if (online && unread > 0 && document.hasFocus()) live.seen(contactId)
    },
    { immediate: true },
  )

  const open: OpenContact = { id, row, detail, can, mine, answerable, conversationIds, via, viaGone, problem, reload }
  provide(KEY, open)
  return open
}

/** The contact that is looked at, or null where entries are shown beside the desk (a customer's page). */
export const findOpenContact = (): OpenContact | null => inject(KEY, null)

export function useOpenContact(): OpenContact {
  const open = inject(KEY)
  if (!open) throw new Error('useOpenContact is for components inside the desk page')
  return open
}
