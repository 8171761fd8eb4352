/** What a "closed" entry tells, in the reader's language (hub/desk/said.py). */
export interface End {
  /** Reason with those above it, and outcome, where they were said. */
  what: string[]
  fields: { name: string; value: string }[]
  action: string
  note: string
}

type Meta = Record<string, unknown>
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A date and a number as the reader writes them; a choice by its name. */
function valueOf(field: Meta, side: string, locale: string): string {
  const { kind, value } = field
  if (kind === 'number' && typeof value === 'number') return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }).format(value)} ${textOf(field['unit'])}`.trim()
  if (kind === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/u.test(value)) return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value))
  return textOf(field[`value_${side}`])
}

export function endOf(meta: Meta, locale: string): End {
  const side = locale.startsWith('zh') ? 'zh' : 'en'
  const fields = Array.isArray(meta['fields']) ? (meta['fields'] as Meta[]) : []
  return {
    what: [textOf(meta[`reason_${side}`]), textOf(meta[`outcome_${side}`])].filter(Boolean),
    fields: fields.map((field) => ({ name: textOf(field[side]), value: valueOf(field, side, locale) })),
    action: textOf(meta[`action_${side}`]),
    note: textOf(meta['note']),
  }
}
