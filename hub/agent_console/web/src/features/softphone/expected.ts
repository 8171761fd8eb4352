import type { GuestCall } from '@/shared/api/guests'
import type { ContactRow } from '@/shared/api/types'

const COMES = ['connecting', 'active', 'hold']

/**
 * A call that I accepted or began, or that I have just asked to listen to: what rings then is answered by itself. Who is
 * asked by a colleague has asked for nothing, and answers by hand: as long as they are rung, nobody knows which of the two it
 * is that rings. `calls`: whether an entry point carries calls.
 */
export function isExpected(me: string | undefined, rows: ContactRow[], guestCalls: GuestCall[], calls: (entryPoint: string) => boolean): boolean {
  const ringing = guestCalls.filter(({ guest }) => guest.mine && guest.state === 'ringing')
  if (ringing.some(({ guest }) => guest.role === 'consult')) return false
  const mine = rows.some((row) => row.agent_id === me && !row.in_pbx && calls(row.entry_point_id) && COMES.includes(row.state))
  return mine || ringing.length > 0
}
