import { describe, expect, it } from 'vitest'

import type { Batch, BatchState } from '@/shared/api/imports'
import { isWorking, mayMap, mayPutAway, mayRun, mayUndo, percentOf } from './batch'

const COUNTS = { new: 1, match: 0, conflict: 0, invalid: 0, created: 0, updated: 0, unchanged: 0, organisations: 0, written: 0, kept: 0 }
const batch = (state: BatchState, more: Partial<Batch> = {}): Batch => ({ state, rows: 3, done: 1, counts: COUNTS, ...more }) as Batch
const STATES: BatchState[] = ['mapping', 'reading', 'preview', 'running', 'done', 'failed', 'undoing', 'undone']
const where = (may: (one: Batch) => boolean): BatchState[] => STATES.filter((state) => may(batch(state)))

describe('an import', () => {
  it('is worked on by the hub or waits for somebody', () => {
    expect(where(isWorking)).toEqual(['reading', 'running', 'undoing'])
  })

  it('can be done with what its state allows, as in hub/customers/imports/model.py', () => {
    expect(where(mayRun)).toEqual(['preview', 'failed'])
    expect(where(mayUndo)).toEqual(['running', 'done', 'failed'])
    expect(where(mayMap)).toEqual(['mapping', 'preview'])
    expect(where(mayPutAway)).toEqual(['mapping', 'reading', 'preview'])
  })

  it('is not run where no row can be written', () => {
    expect(mayRun(batch('preview', { counts: { ...COUNTS, new: 0, invalid: 3 } }))).toBe(false)
  })

  it('is never more through than it is', () => {
    expect([percentOf(batch('running')), percentOf(batch('running', { done: 3 })), percentOf(batch('running', { rows: 0, done: 0 }))]).toEqual([33, 100, 100])
  })
})
