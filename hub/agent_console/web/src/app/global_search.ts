import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { useSearchNames } from '@/features/finding/names'
import { readSearch, type Asked } from '@/features/finding/operators'
import { findCustomers, nameOf, type CustomerRow } from '@/shared/api/customers'
import { findEntries } from '@/shared/api/desk'
import { ApiError } from '@/shared/api/http'
import { searchArticles } from '@/shared/api/knowledge'
import type { ContactRow } from '@/shared/api/types'
import { findContacts } from '@/shared/api/views'
import { customerName } from '@/shared/domain/address'
import { moment } from '@/shared/lib/time'
import { useLive } from '@/stores/live'

export interface Hit {
  kind: 'contact' | 'customer' | 'article' | 'said'
  to: string
  title: string
  hint: string
}

const WAIT_MS = 180
const LEAST_LETTERS = 1
const MOST_LETTERS = 200
const MOST_CONTACTS = 8
/** Something may be named: then it is worth to know what there is. */
const OPERATOR = /[:："“「]/u

/**
 * One search over my contacts, customers, articles and what was said; an answer to an older question is dropped. What
 * the page of all results understands (`tag:`, `来自:`, "a phrase") is understood here, too.
 */
export function useGlobalSearch(): {
  hits: Ref<Hit[]>
  asked: Ref<boolean>
  busy: Ref<boolean>
  /** Older messages were not looked at. */
  more: Ref<boolean>
  /** What was meant as an operator and is none. */
  unknown: Ref<string[]>
  ask: (text: string) => void
} {
  const hits = ref<Hit[]>([])
  const asked = ref(false)
  const busy = ref(false)
  const more = ref(false)
  const unknown = ref<string[]>([])
  const live = useLive()
  const { t, locale } = useI18n()
  const { names, load } = useSearchNames()
  let timer: number | undefined
  let turn = 0

  function mine(text: string): Hit[] {
    const wanted = text.toLowerCase()
    return live.contacts
      .filter((row) => `${customerName(row.customer)} ${row.subject ?? ''} ${row.reference}`.toLowerCase().includes(wanted))
      .slice(0, 4)
      .map(ofContact)
  }
  const ofContact = (row: ContactRow): Hit => ({ kind: 'contact', to: `/desk/${row.id}`, title: customerName(row.customer), hint: row.subject ?? row.preview })
  const ofCustomer = (one: CustomerRow): Hit => ({ kind: 'customer', to: `/customers/${one.id}`, title: nameOf(one, t('customer.unnamed')), hint: one.addresses[0]?.value ?? t('search.customer') })

  /** The contacts that operators name, and of whom they speak. */
  async function byOperators({ filter, text }: Asked): Promise<{ found: Hit[]; more: boolean }> {
    const who = filter.customer ?? ''
    const [contacts, customers] = await Promise.all([findContacts({ ...filter, words: text }, null, MOST_CONTACTS), who ? findCustomers(who, null, 4) : null])
    return { found: [...contacts.items.map(ofContact), ...(customers?.items ?? []).map(ofCustomer)], more: false }
  }

  async function remote(text: string): Promise<{ found: Hit[]; more: boolean }> {
    if (text === '') return { found: [], more: false }
    const [customers, articles, entries] = await Promise.all([findCustomers(text, null, 6), searchArticles({ q: text, limit: 5 }), findEntries(text, 8)])
    const newest = [...new Map(entries.items.toReversed().map((one) => [one.contact.id, one])).values()].toReversed()
    const found = [
      ...customers.items.map(ofCustomer),
      ...articles.items.map((one): Hit => ({ kind: 'article', to: `/knowledge/${one.id}`, title: one.question, hint: t('search.article') })),
      ...newest.map((one): Hit => ({ kind: 'said', to: `/desk/${one.contact.id}`, title: customerName(one.contact.customer), hint: `${moment(one.at, Date.now(), locale.value)} · ${one.excerpt}` })),
    ]
    return { found, more: entries.after !== null }
  }

  async function run(text: string, mineTurn: number): Promise<void> {
    busy.value = true
    more.value = false
    unknown.value = []
    hits.value = mine(text)
    try {
      if (OPERATOR.test(text)) await load()
      const meant = readSearch(text, names.value, new Date())
      const { found, more: older } = await (meant.parts.length ? byOperators(meant) : remote(meant.text))
      const first = meant.parts.length ? [] : mine(text)
      const known = new Set(first.map((hit) => hit.to)) // a line is known by where it leads
      if (mineTurn !== turn) return
      hits.value = [...first, ...found.filter((hit) => !known.has(hit.to))]
      more.value = older
      unknown.value = meant.unknown
    } catch (error) {
      if (!(error instanceof ApiError)) throw error // what is at hand is still shown
    } finally {
      if (mineTurn === turn) busy.value = false
    }
  }

  function ask(text: string): void {
    const wanted = text.trim().slice(0, MOST_LETTERS)
    turn += 1
    window.clearTimeout(timer)
    asked.value = wanted.length >= LEAST_LETTERS
    if (!asked.value) {
      hits.value = []
      unknown.value = []
      busy.value = false
      return
    }
    const mineTurn = turn
    timer = window.setTimeout(() => void run(wanted, mineTurn), WAIT_MS)
  }

  return { hits, asked, busy, more, unknown, ask }
}
