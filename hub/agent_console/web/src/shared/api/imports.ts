import { http, query } from './http'
import type { Page } from './types'

export type BatchState = 'mapping' | 'reading' | 'preview' | 'running' | 'done' | 'failed' | 'undoing' | 'undone'
export type RowClass = 'new' | 'match' | 'conflict' | 'invalid' | 'kept'

export const COLUMNS = ['name', 'phone', 'email', 'fax', 'external_id', 'tier', 'language', 'organisation', 'role', 'note', 'source'] as const

export interface BatchCounts {
  new: number
  match: number
  conflict: number
  invalid: number
  created: number
  updated: number
  unchanged: number
  organisations: number
  written: number
  kept: number
}

/** A file of customers; `done` of `rows` are dealt with in this state. */
export interface Batch {
  id: string
  state: BatchState
  source: string
  file_name: string
  size_bytes: number
  format: 'csv' | 'vcard'
  encoding: string
  columns: { header: string; holds: string }[]
  rows: number
  done: number
  counts: BatchCounts
  error: string | null
  branch_id: string | null
  by_name: string
  at: string
  finished_at: string | null
  undone_at: string | null
  version: number
}

export interface RowCustomer {
  id: string
  name: string | null
}

/** A row of the file; `cells` of a refused one, `holders` the customers between whom somebody decides. */
export interface BatchRow {
  line: number
  row_class: RowClass
  label: string
  customer: RowCustomer | null
  holders: RowCustomer[]
  cells: string[]
  reasons: { code: string; text: string; column: string | null }[]
}

export const listBatches = (after: string | null = null, limit = 30): Promise<Page<Batch>> => http.get<Page<Batch>>(`/imports${query({ after, limit })}`)
export const getBatch = (id: string): Promise<Batch> => http.get<Batch>(`/imports/${id}`)
export const mapColumns = (id: string, columns: string[]): Promise<Batch> => http.put<Batch>(`/imports/${id}/mapping`, { columns })
export const runBatch = (id: string): Promise<Batch> => http.post<Batch>(`/imports/${id}/run`)
export const undoBatch = (id: string): Promise<Batch> => http.post<Batch>(`/imports/${id}/undo`)
/** Only of a file that was looked at and not run. */
export const putAway = (id: string): Promise<void> => http.delete<void>(`/imports/${id}`)
export const listRows = (id: string, rowClass: RowClass | '', after: string | null = null, limit = 50): Promise<Page<BatchRow>> =>
  http.get<Page<BatchRow>>(`/imports/${id}/rows${query({ row_class: rowClass, after, limit })}`)

/** Where the refused rows are fetched by the browser itself. */
export const refusedAddress = (id: string): string => `/api/v1/imports/${id}/refused.csv`

export const sendFile = (file: File, source: string, encoding: string): Promise<Batch> => {
  const form = new FormData()
  form.append('file', file, file.name)
  return http.upload<Batch>(`/imports${query({ source, encoding })}`, form)
}
