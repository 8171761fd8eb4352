import { computed, onScopeDispose, reactive, ref, type ComputedRef, type Ref } from 'vue'

import { findCustomers, type CustomerRow } from '@/shared/api/customers'
import { messageOf } from '@/shared/api/errors'
import { searchArticles, type ArticleHit } from '@/shared/api/knowledge'
import type { ContactRow, FoundEntry } from '@/shared/api/types'
import * as api from '@/shared/api/views'
import type { Asked } from './operators'

export type Tab = 'contacts' | 'said' | 'customers' | 'knowledge'
export const TABS: Tab[] = ['contacts', 'said', 'customers', 'knowledge']
const PAGE = 30
const OF_NAME = 20

export interface Part<T> {
  items: T[]
  after: string | null
  /** Not looked through: what was typed asks nothing of this kind. */
  skipped: boolean
  busy: boolean
  problem: string
}

export interface Results {
  contacts: Part<ContactRow>
  said: Part<FoundEntry>
  customers: Part<CustomerRow>
  knowledge: Part<ArticleHit>
}

const nothing = <T>(): Part<T> => ({ items: [], after: null, skipped: false, busy: false, problem: '' })

interface Page<T> {
  items: T[]
  after: string | null
}

/** Four searches by one line of text, each by itself: one that fails leaves the others. */
export function useSearchResults(): { results: Results; asked: Ref<Asked | null>; busy: ComputedRef<boolean>; ask: (what: Asked) => Promise<void>; more: (tab: Tab) => Promise<void> } {
  const results = reactive<Results>({ contacts: nothing(), said: nothing(), customers: nothing(), knowledge: nothing() })
  const asked = ref<Asked | null>(null)
  let turn = 0
  onScopeDispose(() => (turn += 1))

  const filterOf = (what: Asked): api.ViewFilter => ({ ...what.filter, words: what.text })
  const wordsOf = (what: Asked): string => [what.text, what.filter.phrase ?? ''].join(' ').trim()

  /** Contacts of who is called so, then those in which it was said. */
  async function contacts(what: Asked, after: string | null): Promise<Page<ContactRow> | null> {
    if (Object.keys(what.filter).length === 0 && what.text === '') return null
    const byWords = api.findContacts(filterOf(what), after, PAGE)
    const named = after === null && what.text !== '' && !what.filter.customer && !what.filter.phrase
    const ofName = named ? (await api.findContacts({ ...what.filter, customer: what.text }, null, OF_NAME)).items : []
    const page = await byWords
    return { items: [...ofName, ...page.items], after: page.after }
  }
  const searches: { [T in Tab]: (what: Asked, after: string | null) => Promise<Page<Results[T]['items'][number]> | null> } = {
    contacts,
    said: async (what, after) => (wordsOf(what) === '' ? null : api.findSaid(filterOf(what), after, PAGE)),
    customers: async (what, after) => {
      const text = [what.filter.customer ?? '', wordsOf(what)].join(' ').trim()
      if (text === '') return null
      const page = await findCustomers(text, after, PAGE)
      const tiers = what.filter.tiers
      return tiers ? { ...page, items: page.items.filter((one) => tiers.includes(one.tier)) } : page
    },
    knowledge: async (what, after) => (wordsOf(what) === '' ? null : searchArticles({ q: wordsOf(what), after, limit: PAGE })),
  }

  async function read<T extends Tab>(tab: T, what: Asked, mine: number, after: string | null): Promise<void> {
    const part = results[tab] as Part<{ id: string }>
    part.busy = true
    part.problem = ''
    try {
      const page = (await searches[tab](what, after)) as Page<{ id: string }> | null
      if (mine !== turn) return
      const before = after === null ? [] : part.items
      part.skipped = page === null
      part.items = [...new Map([...before, ...(page?.items ?? [])].map((one) => [one.id, one])).values()]
      part.after = page?.after ?? null
    } catch (error) {
      if (mine === turn) part.problem = messageOf(error)
    } finally {
      if (mine === turn) part.busy = false
    }
  }

  async function ask(what: Asked): Promise<void> {
    turn += 1
    const mine = turn
    await Promise.all(TABS.map((tab) => read(tab, what, mine, null)))
    if (mine === turn) asked.value = what
  }
  async function more(tab: Tab): Promise<void> {
    if (asked.value && results[tab].after !== null && !results[tab].busy) await read(tab, asked.value, turn, results[tab].after)
  }

  return { results, asked, busy: computed(() => TABS.some((tab) => results[tab].busy)), ask, more }
}
