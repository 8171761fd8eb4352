import { computed, type ComputedRef, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

export const TABS = ['mine', 'waiting', 'to_do', 'closed']
/** A filter of one's own stands in the address itself. */
export const OWN_FILTER = 'filter'

/** What of an address says which view the list shows. All else in it (`at`, `macro`) is of the open contact, once. */
export function listOf(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([key]) => key === 'view' || key === OWN_FILTER))
}

interface ListView {
  /** A tab, the id of another view, or OWN_FILTER. */
  view: ComputedRef<string>
  /** The tab that is shown, '' where it is another view. */
  tab: WritableComputedRef<string>
  show: (view: string) => void
}

/** Which view the list shows is in the address: it can be linked and loaded again (`/desk?view=…`). */
export function useListView(): ListView {
  const route = useRoute()
  const router = useRouter()
  const view = computed(() => {
    if (typeof route.query['filter'] === 'string') return OWN_FILTER
    return typeof route.query['view'] === 'string' && route.query['view'] !== '' ? route.query['view'] : 'mine'
  })
  function show(wanted: string): void {
    void router.replace({ path: route.path, query: wanted === 'mine' ? {} : { view: wanted } })
  }
  const tab = computed({ get: () => (TABS.includes(view.value) ? view.value : ''), set: show })
  return { view, tab, show }
}
