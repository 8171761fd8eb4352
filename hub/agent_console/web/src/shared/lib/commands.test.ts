import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, h, type App } from 'vue'

import { usePreferences } from '@/stores/preferences'
import { readyCommands, useCommands, type Act } from './commands'

let did: string[]
let apps: App[]

/** A component that offers these commands while it is there. */
function part(offered: Record<string, Act | (() => void)>): App {
  const app = createApp({
    setup() {
      useCommands(offered)
      return () => h('div')
    },
  })
  app.mount(document.createElement('div'))
  apps.push(app)
  return app
}
function press(key: string, target: EventTarget = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, bubbles: true, cancelable: true })
  target.dispatchEvent(event)
  return event
}
const does = (name: string) => () => void did.push(name)

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
  did = []
  apps = []
})
afterEach(() => apps.forEach((app) => app.unmount()))

test('a command is done by its key while its part is there', () => {
  const app = part({ 'contact.transfer': does('transfer') })
  expect(press('t').defaultPrevented).toBe(true)
  app.unmount()
  apps = []
  expect(press('t').defaultPrevented).toBe(false)
  expect(did).toEqual(['transfer'])
})

test('the second key of a sequence is only that', () => {
  part({ 'go.callbacks': does('callbacks'), 'state.toggle': does('state') })
  press('g')
  press('b')
  press('b')
  expect(did).toEqual(['callbacks', 'state'])
})

test('a sequence that goes nowhere leaves its last key as it is', () => {
  part({ 'go.callbacks': does('callbacks'), 'contact.transfer': does('transfer') })
  press('g')
  press('t')
  expect(did).toEqual(['transfer'])
})

test('an own key takes the place of the default, and an empty one switches it off', () => {
  usePreferences().keys = { 'contact.transfer': 'y', 'contact.close': '' }
  part({ 'contact.transfer': does('transfer'), 'contact.close': does('close') })
  for (const key of ['t', 'e', 'y']) press(key)
  expect(did).toEqual(['transfer'])
})

test('no single key works where single keys are off, or in a field', () => {
  part({ 'contact.transfer': does('transfer') })
  const field = document.body.appendChild(document.createElement('input'))
  press('t', field)
  field.remove()
  usePreferences().shortcuts = false
  press('t')
  expect(did).toEqual([])
})

test('of two parts that offer the same the newer one does it, if it can', () => {
  let can = true
  part({ 'contact.transfer': does('older') })
  part({ 'contact.transfer': { run: does('newer'), when: () => can } })
  press('t')
  can = false
  press('t')
  expect(did).toEqual(['newer', 'older'])
})

test('the command bar is told what can be done now', () => {
  part({ 'contact.transfer': does('transfer'), 'contact.close': { run: does('close'), when: () => false } })
  expect(readyCommands().map((one) => one.command.id)).toEqual(['contact.transfer'])
})
