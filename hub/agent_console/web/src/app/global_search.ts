import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { findCustomers, nameOf } from '@/shared/api/customers'
import { ApiError } from '@/shared/api/http'
import { searchArticles } from '@/shared/api/knowledge'
import { customerName } from '@/shared/domain/address'
import { useLive } from '@/stores/live'

export interface Hit {
  kind: 'contact' | 'customer' | 'article'
  to: string
  title: string
  hint: string
}

const WAIT_MS = 180
const LEAST_LETTERS = 1

/** One search over my contacts, customers and articles; an answer to an older question is dropped. */
export function useGlobalSearch(): {
  hits: Ref<Hit[]>
  asked: Ref<boolean>
  busy: Ref<boolean>
  ask: (text: string) => void
} {
  const hits = ref<Hit[]>([])
  const asked = ref(false)
  const busy = ref(false)
  const live = useLive()
  const { t } = useI18n()
  let timer: number | undefined
  let turn = 0

  function mine(text: string): Hit[] {
    const wanted = text.toLowerCase()
    return live.contacts
      .filter((row) => `${customerName(row.customer)} ${row.subject ?? ''} ${row.reference}`.toLowerCase().includes(wanted))
      .slice(0, 4)
      .map((row) => ({ kind: 'contact', to: `/desk/${row.id}`, title: customerName(row.customer), hint: row.subject ?? row.preview }))
  }

  async function remote(text: string): Promise<Hit[]> {
    const [customers, articles] = await Promise.all([findCustomers(text, null, 6), searchArticles({ q: text, limit: 5 })])
    return [
      ...customers.items.map((one): Hit => ({ kind: 'customer', to: `/customers/${one.id}`, title: nameOf(one, t('customer.unnamed')), hint: one.addresses[0]?.value ?? t('search.customer') })),
      ...articles.items.map((one): Hit => ({ kind: 'article', to: `/knowledge/${one.id}`, title: one.question, hint: t('search.article') })),
    ]
  }

  async function run(text: string, mineTurn: number): Promise<void> {
    busy.value = true
    hits.value = mine(text)
    try {
      const found = await remote(text)
      if (mineTurn === turn) hits.value = [...mine(text), ...found]
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // what is at hand is still shown
    } finally {
      if (mineTurn === turn) busy.value = false
    }
  }

  function ask(text: string): void {
    const wanted = text.trim()
    turn += 1
    window.clearTimeout(timer)
    asked.value = wanted.length >= LEAST_LETTERS
    if (!asked.value) {
      hits.value = []
      busy.value = false
      return
    }
    const mineTurn = turn
    timer = window.setTimeout(() => void run(wanted, mineTurn), WAIT_MS)
  }

  return { hits, asked, busy, ask }
}
