import type { Outcome, SaidAtClosing } from '@/shared/api/closing'

export interface Learned {
  outcome: Outcome | ''
  article: string
  note: string
}

/** What is told to the hub; null where nothing was said, and nothing has to be. */
export function saidOf(learned: Learned): SaidAtClosing | null {
  const note = learned.note.trim()
  switch (learned.outcome) {
    case '':
      return null
    case 'linked':
      return { outcome: 'linked', article_id: learned.article }
    case 'captured':
      return { outcome: 'captured' }
    default:
      return note ? { outcome: learned.outcome, note } : { outcome: learned.outcome }
  }
}

/** Which article has to be said, and nothing else. */
export const complete = (learned: Learned): boolean => learned.outcome !== 'linked' || learned.article !== ''
