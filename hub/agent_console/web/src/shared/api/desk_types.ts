import type { Label } from './types'

/** What closing asks for: note, next_action, product, commitment, or the key of a closing field. */
export interface Ask {
  field: string
  required: boolean
}

export interface ClosingField extends Label {
  kind: 'text' | 'number' | 'date' | 'choice'
  unit: string
  longest: number
  least: number | null
  most: number | null
  choices: Label[]
}

/** Whom a note speaks to; help: who steers the queue. `name`: behind the @. */
export interface Mentioned {
  kind: 'user' | 'team' | 'help'
  id: string
  name: string
}
