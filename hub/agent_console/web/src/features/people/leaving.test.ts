import { beforeAll, describe, expect, it } from 'vitest'

import { loadTexts, LOCALES, setLocale, texts } from '@/i18n'
import { HELD, type Counts, type User } from '@/shared/api/people'
import { chosenFor, heldKinds, mayManage, missingOf, successorsOf } from './leaving'

const user = (id: string, role: User['role'] = 'agent', disabled = false): User => ({ id, email: `${id}@x`, name: id, role, team_ids: [], disabled, language: 'en', phone_address: null, invited: false, seen_at: null })
const USERS = [user('li'), user('wang'), user('zhou', 'specialist'), user('gone', 'agent', true), user('sun', 'supervisor')]
const COUNTS: Counts = { customers: 3, leads: 0, contacts: 0, commitments: 1, callbacks: 0, groups: 0, articles: 2 }

describe('leaving', () => {
  it('asks only about what is held', () => {
    expect(heldKinds(COUNTS)).toEqual(['customers', 'commitments', 'articles'])
  })

  it('gives to who can sign in and is somebody else; a specialist takes commitments only', () => {
    expect(successorsOf('customers', 'li', USERS).map((one) => one.id)).toEqual(['wang', 'sun'])
    expect(successorsOf('commitments', 'li', USERS).map((one) => one.id)).toEqual(['wang', 'zhou', 'sun'])
  })

  it('takes what is chosen for a kind before what is chosen for all', () => {
    const kinds = heldKinds(COUNTS)
    expect(chosenFor(kinds, 'wang', { articles: 'sun' }, 'li', USERS)).toEqual({ customers: 'wang', commitments: 'wang', articles: 'sun' })
    const half = chosenFor(kinds, 'zhou', {}, 'li', USERS)
    expect(half).toEqual({ commitments: 'zhou' })
    expect(missingOf(kinds, half)).toEqual(['customers', 'articles'])
    expect(missingOf([], {})).toEqual([])
  })

  it('is the business of who stands above', () => {
    const boss = { id: 'sun', role: 'supervisor' }
    expect([user('li'), user('sun', 'supervisor'), user('other', 'supervisor'), user('top', 'admin')].map((one) => mayManage(boss, one))).toEqual([true, false, false, false])
    expect(mayManage({ id: 'top', role: 'admin' }, user('other', 'admin'))).toBe(true)
    expect(mayManage(null, user('li'))).toBe(false)
  })
})

describe('texts', () => {
  beforeAll(() => loadTexts('people'))
  it.each(LOCALES)('name everything that can be held in %s', async (locale) => {
    await setLocale(locale)
    await loadTexts('people')
    expect(HELD.flatMap((kind) => [`people.count.${kind}`, `people.about.${kind}`]).filter((key) => !texts.te(key))).toEqual([])
    for (const code of ['user.still_holds', 'user.in_conversation', 'user.busy']) expect(texts.te(`errors.${code}`)).toBe(true)
  })
})
