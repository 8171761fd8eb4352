import type { LocationQuery } from 'vue-router'

import type { ViewFilter } from '@/shared/api/views'

/** The filter that stands in an address, so that it can be linked and loaded again; null: none, or none that can be read. */
export function filterOf(query: LocationQuery): ViewFilter | null {
  const text = query['filter']
  if (typeof text !== 'string' || text === '') return null
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as ViewFilter) : null
  } catch {
    return null
  }
}

/** A filter without what asks nothing: the same wishes are the same text. */
export function plain(filter: ViewFilter): ViewFilter {
  const asks = (value: unknown): boolean => !(value === undefined || value === null || value === '' || value === false || value === 0 || (Array.isArray(value) && value.length === 0))
  const kept = Object.entries(filter).filter(([key, value]) => key === 'due_within_s' ? value !== null && value !== undefined : asks(value))
  return Object.fromEntries(kept.sort(([a], [b]) => a.localeCompare(b))) as ViewFilter
}

export const sameFilter = (one: ViewFilter, other: ViewFilter): boolean => JSON.stringify(plain(one)) === JSON.stringify(plain(other))
export const textOf = (filter: ViewFilter): string => JSON.stringify(plain(filter))
/** How many conditions a filter has; the order is none. */
export const conditions = (filter: ViewFilter): number => Object.keys(plain({ ...filter, order: undefined } as ViewFilter)).length
