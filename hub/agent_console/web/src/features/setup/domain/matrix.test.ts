import { describe, expect, it } from 'vitest'

import type { SetupAgent } from '@/shared/api/setup_types'
import { aQueue, aSetup, help } from './a_setup'
import { cellAfter, entryOf, removeSkill, rowsOf, setGrade, setProfile, step, windowOf } from './matrix'
import { inTheEnd, servingOf, withHelpers } from './serving'

const agent = (name: string, changes: Partial<SetupAgent> = {}): SetupAgent => ({ id: name, email: `${name}@x.test`, name, teams: ['front'], profile: '', skills: {}, in_setup: false, ...changes })
const LI = agent('Li', { email: 'li@x.test', skills: { english: 4 } })
const WANG = agent('Wang', { email: 'wang@x.test' })

describe('the skills of agents', () => {
  it('are those of the set-up, else those that they have', () => {
    const setup = aSetup({ agents: { 'Wang@x.test': { profile: 'trainee', skills: { english: 2 } }, 'new@x.test': { profile: '', skills: {} } } })
    const rows = rowsOf(setup, [LI, WANG])
    expect(rows.map((row) => [row.name, row.id])).toEqual([['Li', 'Li'], ['Wang', 'Wang'], ['new@x.test', '']])
    expect(rows.map((row) => entryOf(setup, row).skills)).toEqual([{ english: 4 }, { english: 2 }, {}])
  })

  it('that were retired do not come back by an agent whom the set-up does not name', () => {
    const [setup, before] = [aSetup(), aSetup()]
    const row = rowsOf(setup, [LI])[0]!
    removeSkill(setup, 'english')
    expect(entryOf(setup, row).skills).toEqual({})
    setProfile(setup, before, row, 'trainee')
    expect(setup.agents).toEqual({ 'li@x.test': { profile: 'trainee', skills: {} } })
    setProfile(setup, before, row, '')
    expect(setup.agents).toEqual({})
  })

  it('an edit takes an agent into the set-up with all they have, and back out when it is undone', () => {
    const [setup, before] = [aSetup(), aSetup()]
    const row = rowsOf(setup, [LI])[0]!
    setGrade(setup, before, row, 'repair', 3)
    expect(setup.agents).toEqual({ 'li@x.test': { profile: '', skills: { english: 4, repair: 3 } } })
    setGrade(setup, before, row, 'repair', 0)
    expect(setup).toEqual(before)
    setProfile(setup, before, row, 'trainee')
    expect(entryOf(setup, row)).toEqual({ profile: 'trainee', skills: { english: 4 } })
    setProfile(setup, before, row, '')
    expect(setup).toEqual(before)
  })

  it('whom the set-up names keeps the entry, under the address as it is written there', () => {
    const named = { 'WANG@x.test': { profile: '', skills: { english: 2 } } }
    const [setup, before] = [aSetup({ agents: structuredClone(named) }), aSetup({ agents: named })]
    setGrade(setup, before, rowsOf(setup, [WANG])[0]!, 'english', 0)
    expect(setup.agents).toEqual({ 'WANG@x.test': { profile: '', skills: {} } })
  })

  it('a skill that goes leaves agents and skill steps', () => {
    const setup = aSetup({ agents: { 'li@x.test': { profile: '', skills: { english: 4 } } }, queues: [aQueue('a', { requires: [{ skills: { english: 3 }, for_s: null }] })] })
    removeSkill(setup, 'english')
    expect([setup.skills, setup.agents['li@x.test']!.skills, setup.queues[0]!.requires[0]!.skills]).toEqual([[], {}, {}])
  })
})

describe('who can serve a queue', () => {
  it('is counted for each skill step, with the skills of the draft', () => {
    const queue = aQueue('support', { requires: [{ skills: { english: 4 }, for_s: 60 }, { skills: {}, for_s: null }] })
    const setup = aSetup({ queues: [queue] })
    const serving = servingOf(setup, [LI, WANG, agent('Zhao', { teams: ['back'] })], queue)
    expect(serving.steps.map((one) => one.count)).toEqual([1, 2])
    expect([serving.able, serving.unable].map((rows) => rows.map((row) => row.name))).toEqual([[LI.name, WANG.name], []])
    const strict = aQueue('strict', { requires: [{ skills: { english: 4 }, for_s: null }] })
    expect(servingOf(setup, [WANG, LI], strict).unable.map((row) => row.name)).toEqual([WANG.name])
    expect(inTheEnd(serving)).toBe(2)
    expect(inTheEnd(servingOf(setup, [LI], aQueue('other', { teams: ['back'] })))).toBe(0)
  })
})

describe('who helps out', () => {
  it('counts where they help a single contact in the hours', () => {
    const setup = aSetup()
    const served = (...rules: Parameters<typeof help>[0][]): string[] => withHelpers(setup, aQueue('x', { teams: ['back'], overflow: rules.map(help) })).teams
    expect(served({ team: 'front' })).toEqual(['back', 'front'])
    expect(served({ queue: 'support' })).toEqual(['back', 'front'])
    expect(served({ team: 'front', over_waiting: 5 }, { queue: 'support', when_closed: true })).toEqual(['back'])
  })
})

describe('the keyboard of the matrix', () => {
  const size = { rows: 200, columns: 31 }
  it('moves inside, stops at the edges, and Tab leaves at the end of a row', () => {
    expect(step('ArrowDown', { row: 199, column: 3 }, size, 10)).toEqual({ row: 199, column: 3 })
    expect(step('ArrowLeft', { row: 5, column: 0 }, size, 10)).toEqual({ row: 5, column: 0 })
    expect(step('PageDown', { row: 5, column: 2 }, size, 10)).toEqual({ row: 15, column: 2 })
    expect(step('End', { row: 5, column: 2 }, size, 10)).toEqual({ row: 5, column: 30 })
    expect(step('Tab', { row: 5, column: 2 }, size, 10)).toEqual({ row: 5, column: 3 })
    expect(step('Tab', { row: 5, column: 30 }, size, 10)).toBeNull()
    expect(step('Shift+Tab', { row: 5, column: 0 }, size, 10)).toBeNull()
  })

  it('draws only what is in sight', () => {
    expect(windowOf(0, 360, 36, 200)).toEqual({ first: 0, last: 18 })
    expect(windowOf(3600, 360, 36, 200)).toEqual({ first: 92, last: 118 })
    expect(windowOf(0, 360, 36, 5)).toEqual({ first: 0, last: 5 })
  })
})

describe('the chosen cell', () => {
  const rows = rowsOf(aSetup(), [LI, WANG, agent('Zhao')])

  it('stays with its agent when other rows are shown', () => {
    expect(cellAfter({ row: 1, column: 1 }, rows, rows.slice(1), 3)).toEqual({ row: 0, column: 1 })
    expect(cellAfter({ row: 0, column: 1 }, rows.slice(1), rows, 3)).toEqual({ row: 1, column: 1 })
  })

  it('stays where it was when its agent is not shown any more, within what is', () => {
    expect(cellAfter({ row: 2, column: 2 }, rows, rows.slice(0, 1), 2)).toEqual({ row: 0, column: 1 })
  })
})
