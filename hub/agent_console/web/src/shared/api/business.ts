import { http, query } from './http'
import type { Page } from './types'

export type OrderState = 'placed' | 'paid' | 'shipped' | 'delivered' | 'cancelled' | 'returned'
export type CaseState = 'reported' | 'received' | 'waiting' | 'repairing' | 'ready' | 'sent' | 'done' | 'cancelled'

/** A defect or a repair; `order` is the shop's number, also of an order that is not here yet. */
export interface ServiceCase {
  id: string
  source: string
  external_id: string
  kind: 'defect' | 'repair'
  state: CaseState
  state_at: string
  text: string | null
  order_id: string | null
  order: string | null
  product_id: string | null
  product: string | null
}

/** Amounts are in minor units; `decimals` says how many places those are. */
export interface Order {
  id: string
  source: string
  external_id: string
  ordered_at: string
  amount_minor: number
  currency: string
  decimals: number
  cost_minor: number | null
  state: OrderState
  state_at: string
  summary: string | null
  lines: { product_id: string; product: string; quantity: number; amount_minor: number | null }[]
  cases: ServiceCase[]
}

/** What a customer owes one system's books: above 0 they owe us. */
export interface Account {
  source: string
  balance_minor: number
  credit_limit_minor: number | null
  credit_hold: boolean
  currency: string
  decimals: number
  as_of: string
}

export interface Balance {
  credit_hold: boolean
  accounts: Account[]
}

/** A system that delivers; `silent_since`: its alarm was raised then. */
export interface Feed {
  source: string
  label_zh: string
  label_en: string
  every_s: number | null
  last_at: string | null
  last_rows: number
  silent_since: string | null
  has_key: boolean
}

export interface FeedSettings {
  label_zh: string
  label_en: string
  every_s: number | null
}

export const listOrders = (customerId: string, after: string | null = null, limit = 5): Promise<Page<Order>> =>
  http.get<Page<Order>>(`/customers/${customerId}/orders${query({ after, limit })}`)
export const listCases = (customerId: string, after: string | null = null, limit = 5): Promise<Page<ServiceCase>> =>
  http.get<Page<ServiceCase>>(`/customers/${customerId}/cases${query({ after, limit })}`)
export const getBalance = (customerId: string): Promise<Balance> => http.get<Balance>(`/customers/${customerId}/balance`)
export const listFeeds = (): Promise<Feed[]> => http.get<Feed[]>('/feeds')
export const setFeed = (source: string, settings: FeedSettings): Promise<unknown> => http.put(`/feeds/${source}`, settings)
export const newFeedKey = (source: string): Promise<{ key: string }> => http.post<{ key: string }>(`/feeds/${source}/key`)
export const dropFeedKey = (source: string): Promise<unknown> => http.delete(`/feeds/${source}/key`)

export interface Product {
  id: string
  external_id: string
  name: string
  family: string | null
  list_minor: number | null
  currency: string | null
  decimals: number | null
  retired: boolean
}

export const findProducts = (q: string, limit = 8): Promise<Page<Product>> => http.get<Page<Product>>(`/products${query({ q, limit })}`)
export const listContactProducts = (contactId: string): Promise<Product[]> => http.get<Product[]>(`/contacts/${contactId}/products`)
export const linkProduct = (contactId: string, productId: string): Promise<unknown> => http.put(`/contacts/${contactId}/products/${productId}`)
export const unlinkProduct = (contactId: string, productId: string): Promise<unknown> => http.delete(`/contacts/${contactId}/products/${productId}`)

/** Of orders that count; `open_cases` are not finished. */
export interface ProductCounts {
  product: Product
  orders: number
  quantity: number
  cases: { kind: 'defect' | 'repair'; state: CaseState; count: number }[]
  open_cases: number
  contacts: number
}

export const countProduct = (productId: string): Promise<ProductCounts> => http.get<ProductCounts>(`/products/${productId}/counts`)
