/** Lengths of time as people write them. Never in days: a day of business time has not 24 hours. */

const UNITS: [pattern: RegExp, seconds: number][] = [
  [/^(?:h|hr|hrs|hour|hours|小时|时)$/iu, 3600],
  [/^(?:m|min|mins|minute|minutes|分钟|分)$/iu, 60],
  [/^(?:s|sec|secs|second|seconds|秒钟|秒)$/iu, 1],
]
const PART = /^(\d+(?:[.,]\d+)?)\s*([a-z\u4e00-\u9fff]*)\s*/iu
const CLOCK = /^(\d+)[:：]([0-5]\d)$/u

/** "2 min", "1h30", "90", "2:30", "8 小时" → seconds; a number alone is seconds. null: it cannot be read. */
export function parseDuration(text: string): number | null {
  let rest = text.trim()
  if (rest === '') return null
  const clock = CLOCK.exec(rest)
  if (clock) return Number(clock[1]) * 60 + Number(clock[2])
  let total = 0
  let next = 1 // what a number without a unit counts: the unit below the one before it
  while (rest !== '') {
    const part = PART.exec(rest)
    if (!part) return null
    const unit = part[2] ? UNITS.find(([pattern]) => pattern.test(part[2]!))?.[1] : next
    if (unit === undefined) return null
    total += Number(part[1]!.replace(',', '.')) * unit
    next = unit === 3600 ? 60 : 1
    rest = rest.slice(part[0].length)
  }
  return Math.round(total * 1000) / 1000
}

const WORDS = { zh: [' 小时', ' 分钟', ' 秒'], en: [' h', ' min', ' s'] }

/** Without loss: "5 s", "2 min", "1 h 30 min"; zh "8 小时". */
export function formatDuration(seconds: number, locale: string): string {
  const words = locale.startsWith('zh') ? WORDS.zh : WORDS.en
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = Math.round((seconds % 60) * 1000) / 1000
  const parts = [hours, minutes, rest].flatMap((count, index) => (count > 0 ? [`${count}${words[index]}`] : []))
  return parts.length > 0 ? parts.join(' ') : `0${words[2]}`
}
