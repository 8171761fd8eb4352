import type { CaseState, OrderState } from '@/shared/api/business'

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn'

const ORDER_TONES: Record<OrderState, Tone> = { placed: 'accent', paid: 'accent', shipped: 'accent', delivered: 'ok', cancelled: 'neutral', returned: 'warn' }

export const orderTone = (state: OrderState): Tone => ORDER_TONES[state]
export const isOver = (state: CaseState): boolean => state === 'done' || state === 'cancelled'
export const caseTone = (state: CaseState): Tone => (isOver(state) ? 'neutral' : state === 'ready' ? 'ok' : 'warn')

const UNITS = [
  ['days', 86_400],
  ['hours', 3_600],
  ['minutes', 60],
] as const
export type Unit = (typeof UNITS)[number][0]

/** Seconds as a number of the largest unit that they are whole in: 7200 is 2 hours. */
export function inUnits(seconds: number): { count: number; unit: Unit } {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? UNITS[2]
  return { count: Math.max(1, Math.round(seconds / size)), unit }
}

export function toSeconds(count: number, unit: Unit): number {
  return count * (UNITS.find(([name]) => name === unit) ?? UNITS[2])[1]
}
