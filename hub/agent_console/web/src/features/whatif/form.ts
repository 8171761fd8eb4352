import type { Choices, PeriodBody, ReplayBody } from '@/shared/api/whatif_types'

/** What is filled in of the period. */
export interface PeriodForm {
  kind: 'yesterday' | 'days' | 'forecast'
  first: string
  last: string
  day: string
  weeks: number
  volume: number
}

export interface StaffRow {
  count: number
  /** "queue:support" or "team:front". */
  place: string
  begins: string
  ends: string
}

export interface TargetRow {
  tier: string
  channel: string
  /** "": every queue. */
  queue: string
  seconds: number
}

export interface SkillRow {
  agent: string
  skill: string
  grade: number
}

/** A day so many days from another one; both as "2026-03-10". */
export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

export function periodForm(choices: Choices): PeriodForm {
  const yesterday = dayAfter(choices.today, -1)
  return { kind: 'yesterday', first: yesterday, last: yesterday, day: dayAfter(choices.today, 1), weeks: 4, volume: 100 }
}

export function periodBody(form: PeriodForm, choices: Choices): PeriodBody {
  if (form.kind === 'forecast') return { forecast: { day: form.day, weeks: form.weeks, volume: form.volume / 100 } }
  const yesterday = dayAfter(choices.today, -1)
  return form.kind === 'yesterday' ? { first: yesterday, last: yesterday } : { first: form.first, last: form.last }
}

/** What is wrong with a period, as the key of a text; "" if nothing. */
export function periodFault(form: PeriodForm, choices: Choices): string {
  if (form.kind === 'forecast') return form.day === '' ? 'noDay' : form.volume >= 10 && form.volume <= 500 ? '' : 'volume'
  if (form.kind === 'yesterday') return ''
  if (form.first === '' || form.last === '') return 'noDay'
  if (form.last < form.first) return 'backwards'
  if (form.first > choices.today) return 'future'
  return dayAfter(form.first, choices.most_days) <= form.last ? 'long' : ''
}

/** Rows that are filled in, as the hub wants them. Half-filled rows are faults, see `rowFault`. */
export function replayBody(period: PeriodBody, staff: StaffRow[], targets: TargetRow[], skills: SkillRow[], runs: number): ReplayBody {
  return {
    period,
    staff: staff.map((row) => {
      const [kind, id = ''] = row.place.split(/:(.*)/su)
      return { count: row.count, queue: kind === 'queue' ? id : '', team: kind === 'team' ? id : '', begins: row.begins, ends: row.ends }
    }),
    targets: targets.map((row) => ({ tier: row.tier, channel: row.channel, seconds: row.seconds, queue: row.queue })),
    skills: skills.map((row) => ({ agent_id: row.agent, skill: row.skill, grade: row.grade })),
    runs,
  }
}

/** What is missing in a row, as the key of a text; "" if nothing. */
export function staffFault(row: StaffRow): string {
  if (!Number.isInteger(row.count) || row.count === 0 || Math.abs(row.count) > 200) return 'count'
  if (row.place === '') return 'place'
  return (row.begins === '') !== (row.ends === '') || (row.begins !== '' && row.begins === row.ends) ? 'hours' : ''
}

export function targetFault(row: TargetRow): string {
  if (row.tier === '' || row.channel === '') return 'target'
  return Number.isInteger(row.seconds) && row.seconds >= 1 && row.seconds <= 7_776_000 ? '' : 'seconds'
}

export function skillFault(row: SkillRow): string {
  return row.agent === '' || row.skill === '' ? 'skill' : ''
}

/** Today's targets of a tier on a channel, one for each queue that has another. */
export function targetsNow(choices: Choices, row: Pick<TargetRow, 'tier' | 'channel' | 'queue'>): number[] {
  const queues = choices.queues.filter((queue) => row.queue === '' || queue.id === row.queue)
  const found = queues.map((queue) => queue.targets[row.channel]?.[row.tier]).filter((seconds) => seconds !== undefined)
  return [...new Set(found)].sort((a, b) => a - b)
}

export function channelsOf(choices: Choices, queue = ''): string[] {
  return [...new Set(choices.queues.filter((one) => queue === '' || one.id === queue).flatMap((one) => Object.keys(one.targets)))]
}
