import { onBeforeUnmount, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { messageOfNotice } from '@/app/notices'
import { customerName } from '@/shared/domain/address'
import { notice, showCount } from '@/shared/lib/attention'
import { play } from '@/shared/lib/sound'
import { span } from '@/shared/lib/time'
import { useLive } from '@/stores/live'
import { usePreferences } from '@/stores/preferences'
import { useSetup } from '@/stores/setup'
import { useToasts } from '@/stores/toasts'

const RING_EVERY_MS = 3_000
const SPOKEN = ['mentioned', 'help_asked'] // somebody speaks to this agent: no fault, and it can be opened

/** Sound, title, favicon and desktop notices: offers ring until answered; messages sound once. */
export function useAttention(): void {
  const live = useLive()
  const preferences = usePreferences()
  const setup = useSetup()
  const toasts = useToasts()
  const router = useRouter()
  const { t, locale } = useI18n()
  let ringing: number | undefined

  function ring(): void {
    const best = live.offers[0]
    if (!best || !preferences.sound) return
    play(setup.tierPosition(best.contact.tier) <= 1 && setup.tier(best.contact.tier)?.chip ? 'offer_best' : 'offer', preferences.volume)
  }

  function stopRinging(): void {
    window.clearInterval(ringing)
    ringing = undefined
  }

  watch(
    () => live.offers.map((offer) => offer.id),
    (now, before) => {
      if (now.length === 0) return stopRinging()
      for (const offer of live.offers) {
        if (before?.includes(offer.id) || !preferences.desktopNotices) continue
        const { contact } = offer
        const waited = span(contact.urgency.waited_s, locale.value)
        notice(t('offer.notice', { name: customerName(contact.customer) }), `${setup.nameOf('tiers', contact.tier)} · ${t(`channel.${contact.channel}`)} · ${waited}`, offer.id)
      }
      if (ringing === undefined) {
        ring()
        ringing = window.setInterval(ring, RING_EVERY_MS)
      }
    },
    { immediate: true },
  )

  const unread = () => live.contacts.reduce((sum, row) => sum + row.unread, 0)
  watch(unread, (now, before) => {
    if (now > before && live.offers.length === 0 && preferences.sound) play('message', preferences.volume)
  })

  watch(
    [() => live.attention, () => live.offers.length, locale],
    ([count, offers]) => showCount(count, offers > 0 ? t('offer.title') : ''),
    { immediate: true },
  )

  watch(
    () => live.notices.length,
    () => {
      for (let one = live.takeNotice(); one; one = live.takeNotice()) {
        const { code, contact_id } = one
        if (!SPOKEN.includes(code)) toasts.error(messageOfNotice(one))
        else {
          toasts.done(messageOfNotice(one), { label: t('common.open'), run: () => void router.push(`/desk/${contact_id}`) })
          if (preferences.sound && live.offers.length === 0) play('message', preferences.volume)
          if (preferences.desktopNotices) notice(t(`notice.${code}`), one.detail ?? '', `${code} ${contact_id}`)
        }
      }
    },
  )

  onBeforeUnmount(() => {
    stopRinging()
    showCount(0)
  })
}
