import { expect, it } from 'vitest'

import { addChoice, branchesOf, freeKeys, press, setDoes, setHours, start, type Branch, type PhoneMenu } from './menu'

const ROOT: PhoneMenu = {
  choices: [
    { press: '1', does: 'menu', menu: { choices: [{ press: '1', queue: 'repair' }] } },
    { press: '2', does: 'text', text: { en: 'nine to five' } },
    { press: '3', does: 'hours', hours: 'office', open: { does: 'menu', menu: { choices: [{ press: '1' }] } }, closed: { does: 'voicemail' } },
  ],
  otherwise: { queue: 'lost' },
}
const START = { place: '', tries: 0 }

it('walks down by keys, back by star, and to a person by 0', () => {
  expect(press(ROOT, START, '1', true)).toEqual({ place: '1', tries: 0 })
  expect(press(ROOT, { place: '1', tries: 0 }, '1', true)).toMatchObject({ taken: { queue: 'repair' }, place: '11' })
  expect(press(ROOT, { place: '1', tries: 0 }, '*', true)).toEqual(START)
  expect(press(ROOT, { place: '3o', tries: 0 }, '*', true)).toEqual(START)
  expect(press(ROOT, { place: '1', tries: 0 }, '0', true)).toEqual({ taken: {}, place: '10' })
})

it('goes by the hours, says a text and asks again, and leads on who presses nonsense thrice', () => {
  expect(press(ROOT, START, '3', false)).toMatchObject({ taken: { does: 'voicemail' } })
  expect(press(ROOT, START, '2', true)).toMatchObject({ place: '', text: { does: 'text' } })
  expect(press(ROOT, START, '8', true)).toEqual({ place: '', tries: 1 })
  expect(press(ROOT, { place: '', tries: 2 }, '8', true)).toMatchObject({ taken: { queue: 'lost' } })
})

it('brings callers elsewhere at once while it is closed', () => {
  const closed: PhoneMenu = { choices: [{ press: '1' }] }
  setHours(closed, 'office')
  expect(start(closed, true)).toEqual(START)
  expect(start(closed, false)).toMatchObject({ taken: { does: 'voicemail' } })
  closed.closed = { does: 'menu', menu: { choices: [{ press: '1', queue: 'night' }] } }
  expect(start(closed, false)).toEqual({ place: 'c', tries: 0 })
  expect(press(closed, { place: 'c', tries: 0 }, '*', false)).toEqual({ place: 'c', tries: 0 })
  expect(press(closed, { place: 'c', tries: 0 }, '1', false)).toMatchObject({ taken: { queue: 'night' } })
  setHours(closed, '')
  expect(closed).toEqual({ choices: [{ press: '1' }] })
})

it('gives a new choice the next free key, and clears what belonged to something else', () => {
  const menu: PhoneMenu = { choices: [{ press: '1', queue: 'repair', skills: { boilers: 3 } }] }
  expect(addChoice(menu)?.press).toBe('2')
  expect(freeKeys(menu, '2')).toContain('2')
  const first = menu.choices![0] as Branch
  setDoes(first, 'text')
  expect(first).toEqual({ press: '1', does: 'text' })
  setDoes(first, 'queue')
  expect(first).toEqual({ press: '1' })
  expect(branchesOf(ROOT)).toHaveLength(8)
})
