import { computed, onBeforeUnmount, onMounted, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { messageOfNotice } from '@/app/notices'
import { customerName } from '@/shared/domain/address'
import { callsBy, maySound, type AlertEvent } from '@/shared/lib/alerts'
import { notice, showCount } from '@/shared/lib/attention'
import { useNow } from '@/shared/lib/now'
import { cueOf, soundOf } from '@/shared/lib/offer_sounds'
import { play, startSound, unlockSound, type Cue } from '@/shared/lib/sound'
import { span } from '@/shared/lib/time'
import { useLive } from '@/stores/live'
import { usePreferences } from '@/stores/preferences'
import { useSetup } from '@/stores/setup'
import { useToasts } from '@/stores/toasts'

const RING_EVERY_MS = 3_000
const SOON_MS = 5_000
const ON_LINE = ['connecting', 'active', 'hold']
/** Notices of the hub in which somebody speaks to this person: more than a line on the screen, and no fault. */
const EVENT_OF_NOTICE: Record<string, AlertEvent> = { mentioned: 'mention', help_asked: 'mention' }
const GESTURES = ['pointerdown', 'keydown']

/** Sound, title, favicon and desktop notices, each as this person set it: offers ring until answered, the others call once. */
export function useAttention(): void {
  const live = useLive()
  const preferences = usePreferences()
  const setup = useSetup()
  const toasts = useToasts()
  const router = useRouter()
  const now = useNow()
  const { t, locale } = useI18n()
  let ringing: number | undefined
  /** Contacts that are offered here, and a moment longer: until they are mine. */
  const offered = new Set<string>()
  /** What is there with the first picture of the hub is known: a reload does not call again for it. */
  const pictured = <T>(value: T): { ready: boolean; value: T } => ({ ready: live.ready, value })

  const onCall = computed(() => live.contacts.some((row) => row.call && ON_LINE.includes(row.state)))
  const chosen = (event: AlertEvent, way: 'sound' | 'desktop' | 'badge'): boolean => callsBy(preferences.alerts, event, way)

  function sound(event: AlertEvent, cue: Cue): void {
    const set = { sound: preferences.sound, alsoFocused: preferences.soundFocused, quietOnCall: preferences.quietOnCall }
    if (chosen(event, 'sound') && maySound({ focused: document.hasFocus(), onCall: onCall.value }, set)) play(cue, preferences.volume)
  }

  function tell(event: AlertEvent, title: string, body: string, tag: string): void {
    if (preferences.desktopNotices && chosen(event, 'desktop')) notice(title, body, tag)
  }

  function ring(): void {
    const cue = cueOf(live.offers.map(({ contact }) => soundOf(preferences.offerSounds, contact.tier, setup.isBest(contact.tier))))
    if (cue) sound('offer', cue)
  }

  function stopRinging(): void {
    window.clearInterval(ringing)
    ringing = undefined
  }

  watch(
    () => live.offers.map((offer) => offer.id),
    (ids, before) => {
      const contacts = new Set(live.offers.map((offer) => offer.contact.id))
      for (const id of offered) if (!contacts.has(id)) window.setTimeout(() => offered.delete(id), SOON_MS)
      if (ids.length === 0) return stopRinging()
      for (const offer of live.offers) {
        if (before?.includes(offer.id)) continue
        const { contact } = offer
        offered.add(contact.id)
        const waited = span(contact.urgency.waited_s, locale.value)
        tell('offer', t('offer.notice', { name: customerName(contact.customer) }), `${setup.nameOf('tiers', contact.tier)} · ${t(`channel.${contact.channel}`)} · ${waited}`, offer.id)
      }
      if (ringing === undefined) {
        ring()
        ringing = window.setInterval(ring, RING_EVERY_MS)
      }
    },
    { immediate: true },
  )

  watch(
    () => pictured(live.contacts.map((row) => ({ id: row.id, unread: row.unread, row }))),
    ({ value: rows }, { ready, value: before }) => {
      if (!ready) return
      const known = new Map(before.map((one) => [one.id, one.unread]))
      // What was offered has called already: accepted, only what is written from then on is new.
      const news = rows.filter((one) => known.has(one.id) || !offered.delete(one.id))
      const grown = news.filter((one) => one.unread > (known.get(one.id) ?? 0))
      if (grown.length === 0) return
      for (const { row } of grown) tell('message', customerName(row.customer), row.preview, row.id)
      if (live.offers.length === 0) sound('message', 'message') // an offer rings already
    },
  )

  const due = computed(() => live.picture.commitments.filter((one) => Date.parse(one.due_at) <= now.value))
  watch(
    () => pictured(due.value.map((one) => one.id)),
    (_, { ready, value: before }) => {
      const fresh = due.value.filter((one) => !before.includes(one.id))
      if (!ready || fresh.length === 0) return
      for (const one of fresh) tell('commitment', t('alerts.commitmentDue'), one.text, one.id)
      sound('commitment', 'due')
    },
  )

  const missed = computed(() => live.me?.state === 'not_ready' && live.me.reason === 'missed')
  watch(() => pictured(missed.value), ({ value: is }, { ready, value: was }) => {
    if (!ready || !is || was) return
    tell('missed', t('alerts.missed'), t('alerts.missedHint'), 'missed')
    sound('missed', 'missed')
  })

  const count = computed(
    () =>
      (chosen('offer', 'badge') ? live.offers.length : 0) +
      (chosen('message', 'badge') ? live.contacts.filter((row) => row.unread > 0).length : 0) +
      (chosen('mention', 'badge') ? live.picture.mentions : 0) +
      (chosen('commitment', 'badge') ? due.value.length : 0) +
      (chosen('missed', 'badge') && missed.value ? 1 : 0),
  )
  watch([count, () => live.offers.length, locale], ([waiting, offers]) => showCount(waiting, offers > 0 ? t('offer.title') : ''), { immediate: true })

  watch(
    () => live.notices.length,
    () => {
      for (let one = live.takeNotice(); one; one = live.takeNotice()) {
        const { code, contact_id, detail } = one
        const event = EVENT_OF_NOTICE[code]
        const text = messageOfNotice(one)
        if (!event) toasts.error(text)
        else {
          toasts.done(text, contact_id ? { label: t('common.open'), run: () => void router.push(`/desk/${contact_id}`) } : undefined)
          tell(event, t(`notice.${code}`), detail ?? '', `${code} ${contact_id ?? ''}`)
          if (live.offers.length === 0) sound(event, 'mention') // an offer rings already
        }
      }
    },
  )

  // A browser lets nothing sound before the first click or key: whoever comes back signed in has made none.
  function unlock(): void {
    void unlockSound()
    for (const gesture of GESTURES) document.removeEventListener(gesture, unlock, { capture: true })
  }
  onMounted(() => {
    startSound()
    GESTURES.forEach((gesture) => document.addEventListener(gesture, unlock, { capture: true }))
  })

  onBeforeUnmount(() => {
    for (const gesture of GESTURES) document.removeEventListener(gesture, unlock, { capture: true })
    stopRinging()
    showCount(0)
  })
}
