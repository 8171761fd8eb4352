import { http } from './http'

/** An agent's own figures since midnight (the hub's zone). */
export interface MyDay {
  at: string
  since: string
  channels: { channel: string; taken: number; handle_s: number | null }[]
  first_reply_s: number | null
  scores: number
  score: number | null
  kept: number
  broken: number
  missed: number
  states: { state: string; reason: string | null; seconds: number }[]
}

export const getMyDay = (): Promise<MyDay> => http.get<MyDay>('/me/day')
