import { expect, it } from 'vitest'

import { COMMANDS } from '@/shared/lib/command_list'
import type { DeskParts } from './slots'

const files = import.meta.glob<{ parts: DeskParts }>('@/features/*/desk.ts', { eager: true })

it('a key stands for one thing only, whichever feature brought it', () => {
  const brought = Object.values(files).flatMap((file) => file.parts.contactActions ?? [])
  expect(brought.some((one) => one.keys !== '')).toBe(true)
  const keys = [...COMMANDS, ...brought].map((one) => one.keys).filter((one) => one !== '')
  expect(keys.filter((one, at) => keys.indexOf(one) !== at)).toEqual([])
})
