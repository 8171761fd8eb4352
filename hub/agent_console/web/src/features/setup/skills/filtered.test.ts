import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, reactive, ref } from 'vue'

import type { SetupAgent } from '@/shared/api/setup_types'
import { aSetup } from '../domain/a_setup'
import { rowsOf, setGrade } from '../domain/matrix'
import { useFiltered } from './filtered'

const agent = (name: string, skills: Record<string, number>, team = 'front'): SetupAgent => ({ id: name, email: `${name}@x.test`, name, teams: [team], profile: '', skills, in_setup: false })
const LI = agent('li', { english: 4 })
const WANG = agent('wang', {}, 'back')
const ZHAO = agent('zhao', { english: 2 })

describe('the agents that are shown', () => {
  it('are those that match, by name, team and skill', async () => {
    const setup = ref(aSetup())
    const shown = effectScope().run(() => useFiltered(setup, ref([LI, WANG, ZHAO])))!
    const names = (): string[] => shown.rows.value.map((row) => row.name)
    expect(names()).toEqual(['li', 'wang', 'zhao'])
    shown.skill.value = 'english'
    await nextTick()
    expect(names()).toEqual(['li', 'zhao'])
    shown.find.value = 'ZH'
    await nextTick()
    expect(names()).toEqual(['zhao'])
    shown.showAll()
    shown.team.value = 'back'
    await nextTick()
    expect(names()).toEqual(['wang'])
  })

  it('stay while one is edited so that it does not match any more, until the filter is chosen again', async () => {
    const setup = ref(reactive(aSetup()))
    const shown = effectScope().run(() => useFiltered(setup, ref([LI, ZHAO])))!
    shown.skill.value = 'english'
    await nextTick()
    setGrade(setup.value, aSetup(), rowsOf(setup.value, [LI])[0]!, 'english', 0)
    await nextTick()
    expect(shown.rows.value.map((row) => row.name)).toEqual(['li', 'zhao'])
    shown.skill.value = ''
    await nextTick()
    shown.skill.value = 'english'
    await nextTick()
    expect(shown.rows.value.map((row) => row.name)).toEqual(['zhao'])
  })
})
