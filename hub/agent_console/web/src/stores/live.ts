import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'

import { signedOut } from '@/shared/api/http'
import type { ConsoleFrame, LiveFrame, NoticeFrame, ServerFrame, StateFrame, ViewersFrame } from '@/shared/api/frames'
import { ConsoleSocket, UNAUTHENTICATED } from '@/shared/api/socket'
import type { ContactRow } from '@/shared/api/types'
import { alignClock } from '@/shared/lib/now'
import { useConversations } from './conversations'
import { emptyPicture, take } from './picture'
import { useSession } from './session'
import { useSetup } from './setup'

const SHOW_OFFLINE_AFTER_MS = 1_200
const UNSAID = ['others_changed', 'callback_changed', 'consults_changed', 'opened_changed', 'ringing_changed', 'guests_changed', 'provider_changed', 'phone_lists_changed']

/** The one store fed by the console socket: snapshot, numbered deltas, and what is derived from them. */
export const useLive = defineStore('live', () => {
  const session = useSession()
  const setup = useSetup()
  const conversations = useConversations()

  const picture = reactive(emptyPicture())
  const ready = ref(false)
  const offlineSince = ref<number | null>(null)
  const notices = ref<NoticeFrame[]>([])
  const stale = shallowRef<NoticeFrame | null>(null) // what of a customer (null: of any) is to be read again
  let whenViewed: (frame: ViewersFrame) => void = () => undefined
  let resyncing = false
  let boardWatchers = 0
  let offlineTimer: number | undefined

  const socket = new ConsoleSocket({ opened: greet, frame: receive, closed: lost })
  conversations.wire((frame) => socket.send(frame))

  function greet(): void {
    resyncing = true // nothing but a snapshot counts on a new socket
    socket.send({ type: 'hello', csrf: session.me?.csrf_token, board: boardWatchers > 0 })
  }

  function receive(frame: ServerFrame): void {
    if (frame.type === 'beat') return beaten(frame.at, frame.last)
    if (frame.type === 'live') return conversations.live(frame as LiveFrame)
    if (frame.type === 'viewers') return whenViewed(frame)
    if (frame.type === 'problem') return console.warn(`hub: ${frame.code}: ${frame.message}`)
    receiveState(frame)
  }

  /** A beat tells how far the hub is: what never came, or a snapshot that never came, is asked for again. */
  function beaten(at: string, last: number): void {
    alignClock(at)
    if (resyncing || last > (picture.n ?? 0)) resync()
  }

  function resync(): void {
    resyncing = true
    socket.send({ type: 'resync' })
  }

  function receiveState(frame: StateFrame): void {
    if (resyncing && frame.type !== 'snapshot') return
    const verdict = take(picture, frame)
    if (verdict === 'gap') return resync()
    if (verdict === 'duplicate') return
    if (frame.type === 'snapshot') restored(frame.at)
    else if (frame.type === 'interactions') conversations.grew(frame)
    else if (frame.type === 'notice' && UNSAID.includes(frame.code)) stale.value = frame
    else if (frame.type === 'notice') notices.value = [...notices.value, frame]
    else if (frame.type === 'setup') void setup.load(true)
  }

  function restored(at: string): void {
    resyncing = false
    ready.value = true
    alignClock(at)
    window.clearTimeout(offlineTimer)
    offlineSince.value = null
    conversations.followAgain()
  }

  function lost(code: number): void {
    if (code === UNAUTHENTICATED) return signedOut()
    window.clearTimeout(offlineTimer)
    const since = Date.now()
    offlineTimer = window.setTimeout(() => (offlineSince.value ??= since), SHOW_OFFLINE_AFTER_MS)
  }

  function connect(): void {
    void setup.load().catch(() => undefined) // the socket's "setup" or the next page asks again
    window.addEventListener('online', reconnectNow)
    socket.open()
  }

  function disconnect(): void {
    window.removeEventListener('online', reconnectNow)
    window.clearTimeout(offlineTimer)
    socket.close()
    Object.assign(picture, emptyPicture())
    conversations.forgetAll()
    ready.value = false
    offlineSince.value = null
  }

  function reconnectNow(): void {
    socket.retryNow()
  }

  /** Ask for wallboard figures while a page shows them; returns the function that stops it. */
  function watchBoard(): () => void {
    boardWatchers += 1
    if (boardWatchers === 1) socket.send({ type: 'board', on: true })
    return () => {
      boardWatchers -= 1
      if (boardWatchers === 0) socket.send({ type: 'board', on: false })
    }
  }

  const seen = (contactId: string): boolean => socket.send({ type: 'seen', contact_id: contactId })
  const typing = (conversationId: string, on: boolean): boolean =>
    socket.send({ type: 'typing', conversation_id: conversationId, on })

  const say = (frame: ConsoleFrame): boolean => socket.send(frame)
  const onViewers = (handler: (frame: ViewersFrame) => void): void => void (whenViewed = handler)

  function takeNotice(): NoticeFrame | undefined {
    const [first, ...rest] = notices.value
    notices.value = rest
    return first
  }

  const online = computed(() => ready.value && offlineSince.value === null)
  const me = computed(() => picture.me)
  const contacts = computed<ContactRow[]>(() => Object.values(picture.contacts).sort(byNextReply))
  const offers = computed(() => Object.values(picture.offers).sort((a, b) => b.contact.urgency.value - a.contact.urgency.value))
  const waitingCount = computed(() => picture.summary?.waiting ?? 0)
  const oldestSince = computed(() => {
    const summary = picture.summary
    if (!summary || summary.longest_wait_s === null) return null
    return new Date(Date.parse(summary.at) - summary.longest_wait_s * 1000).toISOString()
  })
  const capacity = computed(() =>
    (picture.me?.channels ?? []).filter((load) => load.max > 0).map((load) => ({ channel: load.channel, used: load.open, max: load.max, unreached: Boolean(load.unreached_since) })),
  )
  const attention = computed(() => offers.value.length + contacts.value.filter((row) => row.unread > 0).length)

  return {
    picture, ready, online, offlineSince, notices, stale, me, contacts, offers, waitingCount, oldestSince, capacity, attention,
    connect, disconnect, reconnectNow, watchBoard, seen, typing, say, onViewers, takeNotice, receive,
  }
})

const RANK: Record<string, number> = { connecting: 0, active: 1, hold: 1, wrap_up: 2, parked: 3 }

/** Mine first by what needs me next: calls, then the longest unanswered, then wrap-ups, then parked. */
function byNextReply(a: ContactRow, b: ContactRow): number {
  const rank = (RANK[a.state] ?? 4) - (RANK[b.state] ?? 4)
  if (rank !== 0) return rank
  const due = (row: ContactRow) => (row.unanswered_since ? Date.parse(row.unanswered_since) + row.target_s * 1000 : Number.MAX_SAFE_INTEGER)
  return due(a) - due(b) || Date.parse(b.last_message_at) - Date.parse(a.last_message_at) || a.id.localeCompare(b.id)
}
