import { describe, expect, it } from 'vitest'

import type { User } from '@/shared/api/people'
import { changeOf, emptyForm, formOf, rolesOf } from './user_form'

const LI: User = { id: 'u1', email: 'li@example.com', name: 'Li Na', role: 'agent', team_ids: ['front', 'back'], language: 'zh-CN', phone_address: null, disabled: false, invited: false, seen_at: null }

describe('what is changed of a user', () => {
  it('is nothing where the form says the same', () => {
    expect(changeOf(LI, { ...formOf(LI), team_ids: ['back', 'front'], email: ' LI@example.com ' })).toEqual({})
  })

  it('is only what differs', () => {
    expect(changeOf(LI, { ...formOf(LI), role: 'supervisor', team_ids: ['front'] })).toEqual({ role: 'supervisor', team_ids: ['front'] })
  })

  it('takes a phone away by nothing', () => {
    expect(changeOf({ ...LI, phone_address: 'sip:li' }, { ...formOf(LI), phone_address: '' })).toEqual({ phone_address: '' })
  })
})

describe('a new user', () => {
  it('is in the only team', () => {
    expect(emptyForm([{ id: 'front' }], 'en').team_ids).toEqual(['front'])
    expect(emptyForm([{ id: 'front' }, { id: 'back' }], 'en').team_ids).toEqual([])
  })

  it('is at most what one may make them', () => {
    expect(rolesOf({ role: 'supervisor' })).toEqual(['specialist', 'agent'])
    expect(rolesOf({ role: 'admin' })).toContain('admin')
  })
})
