/** Customer groups: rules with a name, and who is in them (hub/customers/groups). */
import { http, query } from './http'
import type { Page } from './types'
import type { Condition } from './value'

export type Kind = 'choice' | 'choices' | 'number' | 'moment' | 'flag'

/** `members`: whom one sees; `more`: at least so many. `counting`: not everybody was looked at by this rule yet. */
export interface Group {
  id: string
  key: string
  zh: string
  en: string
  rule: Condition
  owner_id: string
  owner_name: string | null
  version: number
  counting: boolean
  members: number
  more: boolean
}

/** What a rule may ask. */
export interface RuleForm {
  fields: Record<string, Kind>
  loyalty: { id: string; zh: string; en: string }[]
  currency: string
  may_change: boolean
  max_conditions: number
  max_depth: number
  max_choices: number
}

export interface Member {
  customer_id: string
  name: string | null
  entered_at: string
}

export interface GroupMove {
  customer_id: string
  name: string | null
  move: 'entered' | 'left'
  at: string
}

/** `more`: at least so many. */
export interface Counted {
  customers: number
  more: boolean
}

export interface GroupBody {
  zh: string
  en: string
  rule: Condition
  version: number
  owner_id?: string
}

export const listGroups = (): Promise<Group[]> => http.get<Group[]>('/groups')
export const getRuleForm = (): Promise<RuleForm> => http.get<RuleForm>('/groups/form')
/** Rules are counted one after the other: abort one whose answer is waited for no more. */
export const countRule = (rule: Condition, signal: AbortSignal): Promise<Counted> => http.post<Counted>('/groups/count', { rule }, signal)
export const putGroup = (key: string, body: GroupBody): Promise<Group> => http.put<Group>(`/groups/${key}`, body)
export const retireGroup = (key: string): Promise<void> => http.delete<void>(`/groups/${key}`)
export const listMembers = (key: string, after: string | null = null, limit = 50): Promise<Page<Member>> => http.get<Page<Member>>(`/groups/${key}/members${query({ after, limit })}`)
export const listGroupMoves = (key: string, after: string | null = null, limit = 50): Promise<Page<GroupMove>> => http.get<Page<GroupMove>>(`/groups/${key}/moves${query({ after, limit })}`)
