import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'

import { OWN_FILTER, useListView } from '@/features/desk/list/list_view'
import type { ViewFilter } from '@/shared/api/views'
import { useAsked } from '@/stores/asked'
import { filterOf } from './filter_url'
import { useViews } from './views_store'

interface CurrentView {
  id: ComputedRef<string>
  name: ComputedRef<string>
  /** Null: the to-do, or a view that is not there (any more). */
  filter: ComputedRef<ViewFilter | null>
  count: ComputedRef<string>
}

/** The view that the address names, as people call it. */
export function useCurrentView(): CurrentView {
  const route = useRoute()
  const views = useViews()
  const asked = useAsked()
  const { t, te } = useI18n()
  const { view: id } = useListView()
  const filter = computed(() => (id.value === OWN_FILTER ? (filterOf(route.query) ?? {}) : (views.find(id.value)?.filter ?? null)))
  const name = computed(() => {
    if (id.value === OWN_FILTER) return t('views.own')
    if (id.value === 'to_do') return t('list.toDo')
    const found = views.find(id.value)
    if (found && !found.built_in) return found.name
    const usual = `views.name.${id.value}`
    if (found || (!views.loaded && te(usual))) return t(usual)
    return views.loaded ? t('views.gone') : ''
  })
  const count = computed(() => (id.value === 'mine' ? String(asked.mine) : views.words(id.value)))
  return { id, name, filter, count }
}
