/** Indicators, products, exports (hub/reporting/views.py). Days as 2026-06-30, shares 0 to 1. */
import { http, query } from './http'
import type { Page } from './types'

export interface BothWords {
  zh: string
  en: string
}

export interface Rate {
  share: number
  low: number
  high: number
}

export type IndicatorGroup = 'process' | 'loyalty' | 'churn' | 'fax'
export type Side = 'numerator' | 'denominator'

export interface Indicator {
  key: string
  group: IndicatorGroup
  rows: 'customer' | 'interaction' | 'commitment'
  name: BothWords
  definition: BothWords
  numerator: number
  numerator_is: BothWords
  denominator: number | null
  denominator_is: BothWords | null
  rate: Rate | null
}

export interface Days {
  since: string
  until: string
}

export interface Indicators {
  period: Days & { zone: string }
  items: Indicator[]
}

export interface BehindRow {
  id: string
  at: string
  customer_id: string
  customer_name: string | null
  label: string | null
  amount_minor: number | null
  currency: string | null
}

export interface ProductReport {
  product_id: string
  external_id: string
  name: string
  family: string | null
  quotes: number
  quoted_customers: number
  contacts: number
  asking_customers: number
  orders: number
  buyers: number
  quantity: number
  currency: string | null
  sold_minor: number | null
  scores: number
  score_mean: number | null
  satisfied: number
  satisfied_rate: Rate | null
  complaints: number
  defects: number
  repairs: number
  open_cases: number
}

export interface Mart {
  mart: string
  name: BothWords
  columns: { name: string; kind: string }[]
}

export const countIndicators = (group: IndicatorGroup, days: Days): Promise<Indicators> =>
  http.get<Indicators>(`/reports/indicators${query({ group, since: days.since || null, until: days.until || null })}`)
export const listBehind = (key: string, of: Side, days: Days, after: string | null = null): Promise<Page<BehindRow>> =>
  http.get<Page<BehindRow>>(`/reports/indicators/${key}/rows${query({ of, since: days.since, until: days.until, after, limit: 50 })}`)
export const listProducts = (): Promise<ProductReport[]> => http.get<ProductReport[]>('/reports/products')
export const listMarts = (): Promise<{ items: Mart[]; parquet: boolean }> => http.get<{ items: Mart[]; parquet: boolean }>('/exports')
/** The browser loads it by itself: a file may be larger than memory. The mark is for spreadsheets. */
export const exportPath = (mart: string, format: 'csv' | 'parquet'): string =>
  `/api/v1/exports/${mart}${query({ format, mark: format === 'csv' ? 'true' : null })}`
