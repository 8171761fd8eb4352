import { http } from './http'

export type RingsAt = 'browser' | 'desk_phone'

/** Where my calls ring (hub/agent_console/softphone.py). */
export interface SoftphoneView {
  rings: RingsAt
  /** The number of my account; null: it has none. */
  desk_phone: string | null
  /** Why there is no softphone here; '': there is. */
  lacks: '' | 'no_line' | 'no_account' | 'locked' | 'no_key' | 'stand_in'
}

export interface SoftphoneToken {
  token: string
  identity: string
  expires_in_s: number
}

export const getSoftphone = (): Promise<SoftphoneView> => http.get<SoftphoneView>('/softphone')
export const chooseRinging = (rings: RingsAt): Promise<SoftphoneView> => http.put<SoftphoneView>('/softphone', { rings })
/** Whether calls can ring at mine: where not, none is offered after a while. */
export const sayReached = (on: boolean): Promise<void> => http.put<void>('/softphone/line', { on })
export const getSoftphoneToken = (): Promise<SoftphoneToken> => http.post<SoftphoneToken>('/softphone/token', {})
