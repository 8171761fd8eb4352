import { toRaw } from 'vue'

import type { ClosingFieldPart, FieldKind } from '@/shared/api/setup_types'

type OfKind = Partial<Pick<ClosingFieldPart, 'choices' | 'least' | 'most' | 'unit'>>

/** What fields had of kinds that they are not now, as long as the draft they are in. */
const before = new WeakMap<ClosingFieldPart, OfKind>()

/**
 * Make a closing field another kind. The hub takes choices of a choice only, and limits of a number only; what goes
 * because of that is there again where the field becomes that kind again.
 */
export function changeKind(field: ClosingFieldPart, kind: FieldKind): void {
  const { choices, least, most, unit } = field
  const had: OfKind = { ...before.get(toRaw(field)) }
  if (field.kind === 'choice') had.choices = choices
  if (field.kind === 'number') Object.assign(had, { least, most, unit })
  before.set(toRaw(field), had)
  field.kind = kind
  field.choices = (kind === 'choice' && had.choices) || []
  ;[field.least, field.most, field.unit] = kind === 'number' ? [had.least ?? null, had.most ?? null, had.unit ?? ''] : [null, null, '']
}
