import { computed, watch } from 'vue'
import { useRouter } from 'vue-router'

import { texts } from '@/i18n'
import { customerName } from '@/shared/domain/address'
import { inField } from '@/shared/lib/keys'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'
import { useToasts } from '@/stores/toasts'

/** A call of a list that the hub makes for me opens by itself as it begins to ring; over somebody who types it is only told. */
export function useReservedCalls(): void {
  const live = useLive()
  const session = useSession()
  const toasts = useToasts()
  const router = useRouter()
  const reserved = computed(() => Object.values(live.picture.contacts).find((row) => row.agent_id === session.me?.id && row.phone_list?.mode === 'progressive' && row.phone_list.stage === 'calling' && row.state === 'connecting'))

  watch(
    () => reserved.value?.id,
    (id) => {
      const row = reserved.value
      if (!id || !row) return
      const open = (): void => void router.push(`/desk/${id}`)
      if (!inField(document.activeElement)) return open()
      toasts.done(texts.t('phoneList.dialling', { name: customerName(row.customer) }), { label: texts.t('phoneList.opened'), run: open })
    },
  )
}
