/** The wallboard's day in half hours, as the hub sends it. */

export interface HalfHour {
  start: string
  offered: number
  answered: number
  abandoned: number
  waiting: number
  late: number
  level: number | null
}

export interface Day {
  at: string
  step_s: number
  half_hours: HalfHour[]
}
