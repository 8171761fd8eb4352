import { expect, it } from 'vitest'
import { reactive } from 'vue'

import type { ClosingFieldPart } from '@/shared/api/setup_types'
import { newField } from '../domain/closing'
import { changeKind } from './field_kind'

const aField = (changes: Partial<ClosingFieldPart>): ClosingFieldPart => reactive({ ...newField({ key: 'model', zh: '型号', en: 'Model' }), ...changes })

it('has its choices again when an arrow went past its kind and back', () => {
  const choices = [{ key: 'a', zh: '甲', en: 'A' }]
  const field = aField({ kind: 'choice', choices })
  changeKind(field, 'date')
  expect(field).toMatchObject({ kind: 'date', choices: [] }) // as the hub takes it
  changeKind(field, 'number')
  changeKind(field, 'date')
  changeKind(field, 'choice')
  expect(field).toMatchObject({ kind: 'choice', choices, least: null, most: null, unit: '' })
})

it('has its limits again, and those it was given last', () => {
  const field = aField({ kind: 'number', least: 1, most: 9, unit: 'kg' })
  changeKind(field, 'text')
  expect(field).toMatchObject({ least: null, most: null, unit: '' })
  changeKind(field, 'number')
  expect(field).toMatchObject({ least: 1, most: 9, unit: 'kg' })
  field.unit = ''
  changeKind(field, 'choice')
  changeKind(field, 'number')
  expect(field).toMatchObject({ least: 1, most: 9, unit: '' })
})

it('has nothing of another field', () => {
  changeKind(aField({ kind: 'choice', choices: [{ key: 'a', zh: '甲', en: 'A' }] }), 'text')
  const other = aField({})
  changeKind(other, 'choice')
  expect(other.choices).toEqual([])
})
