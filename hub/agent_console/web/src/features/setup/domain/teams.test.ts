import { expect, it } from 'vitest'

import { aQueue, aSetup, help } from './a_setup'
import { membersOf, newTeam, retireTeam, usesOfTeam } from './teams'

it('a team says where it is named', () => {
  const setup = aSetup({ queues: [aQueue('support'), aQueue('finance', { teams: ['back'], overflow: [help({ team: 'front' })] })] })
  expect(usesOfTeam(setup, 'front')).toEqual([{ kind: 'queue', key: 'support' }, { kind: 'overflow', key: 'finance' }])
})

it('a team that nothing names can go', () => {
  const setup = aSetup()
  setup.teams.push(newTeam('night', '夜班', 'Night'))
  expect(usesOfTeam(setup, 'night')).toEqual([])
  retireTeam(setup, 'night')
  expect(setup.teams.map((team) => team.key)).toEqual(['front', 'back'])
})

it('members are those who are in it', () => {
  const agent = (name: string, teams: string[]) => ({ id: name, email: `${name}@x`, name, teams, profile: '', skills: {}, in_setup: false })
  expect(membersOf([agent('li', ['front']), agent('wu', ['back'])], 'back').map((one) => one.name)).toEqual(['wu'])
})
