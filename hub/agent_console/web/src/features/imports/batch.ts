import type { Batch, BatchState } from '@/shared/api/imports'

/** The hub works on it: where it is has to be asked for again. */
export const isWorking = (batch: Batch): boolean => (['reading', 'running', 'undoing'] as BatchState[]).includes(batch.state)

/** What somebody may do with a batch in its state. */
export const mayRun = (batch: Batch): boolean => (batch.state === 'preview' && batch.counts.new + batch.counts.match > 0) || batch.state === 'failed'
export const mayUndo = (batch: Batch): boolean => ['running', 'done', 'failed'].includes(batch.state)
export const mayPutAway = (batch: Batch): boolean => ['mapping', 'reading', 'preview'].includes(batch.state)
export const mayMap = (batch: Batch): boolean => batch.state === 'mapping' || batch.state === 'preview'

/** How far the work is, in whole percent; a file without rows is through at once. */
export const percentOf = (batch: Batch): number => (batch.rows === 0 ? 100 : Math.floor((100 * batch.done) / batch.rows))

export const toneOf = (state: BatchState): 'neutral' | 'accent' | 'ok' | 'warn' | 'breach' =>
  ({ mapping: 'warn', reading: 'accent', preview: 'warn', running: 'accent', done: 'ok', failed: 'breach', undoing: 'accent', undone: 'neutral' } as const)[state]
