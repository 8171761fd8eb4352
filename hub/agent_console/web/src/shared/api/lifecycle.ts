/** Where customers stand and who looks after them (hub/customers/lifecycle, hub/customers/ownership). */
import { http } from './http'

export type Axis = 'stage' | 'standing' | 'loyalty'

/** `before` null: looked at for the first time. `evidence`: the figures it was made by. */
export interface StageMove {
  axis: Axis
  before: string | null
  after: string
  cause: string
  reason: string
  at: string
  by_id: string | null
  by_name: string | null
  evidence: Record<string, boolean | number | string>
}

export interface Step {
  key: string
  zh: string
  en: string
}

/** null: nobody has looked yet. `by_hand`: where one may put them now, by axis. */
export interface Lifecycle {
  stage: string | null
  since: string | null
  standing: string | null
  standing_since: string | null
  loyalty: string | null
  loyalty_since: string | null
  referrer: { id: string; name: string | null; source: string; at: string } | null
  moves: StageMove[]
  steps: Step[]
  by_hand: Partial<Record<Axis, string[]>>
}

export interface OwnerLine {
  at: string
  from_id: string | null
  from_name: string | null
  to_id: string | null
  to_name: string | null
  by_id: string | null
  by_name: string | null
  reason: string
}

export const getLifecycle = (customerId: string): Promise<Lifecycle> => http.get<Lifecycle>(`/customers/${customerId}/lifecycle`)
export const moveStage = (customerId: string, body: { axis: Axis; to: string; reason: string }): Promise<Lifecycle> =>
  http.post<Lifecycle>(`/customers/${customerId}/lifecycle`, body)
export const listOwnersOf = (customerId: string): Promise<OwnerLine[]> => http.get<OwnerLine[]>(`/customers/${customerId}/owners`)
