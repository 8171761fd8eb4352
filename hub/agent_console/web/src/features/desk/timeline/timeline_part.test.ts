import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref, type App } from 'vue'

import { provideNearness } from './parts'
import TimelinePart from './TimelinePart.vue'

const HEIGHT_PX = 300
let tell: (near: boolean) => Promise<void>
let app: App | undefined
let box: HTMLElement

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(private readonly told: (seen: unknown[]) => void) {}
      observe(target: Element): void {
        tell = async (isIntersecting) => {
          this.told([{ target, isIntersecting, boundingClientRect: { height: HEIGHT_PX } }])
          await nextTick()
        }
      }
      unobserve(): void {}
      disconnect(): void {}
    },
  )
})
afterEach(() => {
  app?.unmount()
  box.remove()
  vi.unstubAllGlobals()
})

/** A part that has come near, with what is given in it. */
async function aPart(html: string): Promise<HTMLElement> {
  box = document.body.appendChild(document.createElement('div'))
  const Timeline = defineComponent(() => {
    provideNearness(ref(null))
    return () => h(TimelinePart, { count: 2, whole: false, last: false }, () => h('div', { 'data-lines': '', innerHTML: html }))
  })
  app = createApp(Timeline)
  app.mount(box)
  await tell(true)
  return box
}
const drawn = (): boolean => box.querySelector('[data-lines]') !== null
async function scroll(): Promise<void> {
  box.dispatchEvent(new Event('scroll'))
  await nextTick()
}
const playing = (sound: HTMLAudioElement, state: { paused: boolean; ended: boolean; currentTime: number }): void =>
  Object.entries(state).forEach(([name, value]) => Object.defineProperty(sound, name, { value, configurable: true }))

it('draws nothing of what left unused, and keeps its height', async () => {
  await aPart('<audio></audio><button aria-expanded="false">Quoted</button>')
  expect(drawn()).toBe(true)
  await tell(false)
  expect(drawn()).toBe(false)
  expect(box.querySelector<HTMLElement>('div')!.style.height).toBe(`${HEIGHT_PX}px`)
  await tell(true)
  expect(drawn()).toBe(true)
})

it.each([
  ['a note that is written otherwise', '<form><textarea></textarea></form>', 'form'],
  ['what was unfolded', '<button aria-expanded="true">Changed</button>', 'button'],
  ['images that were asked for', '<div data-keep="true"></div>', '[data-keep]'],
])('keeps %s, until a scroll after its end', async (_, html, what) => {
  await aPart(html)
  await tell(false)
  await scroll()
  expect(drawn()).toBe(true)
  box.querySelector(what)!.remove()
  await scroll()
  expect(drawn()).toBe(false)
})

it('keeps a voicemail that is played or was stopped on the way, until it was heard', async () => {
  await aPart('<audio></audio>')
  const sound = box.querySelector('audio')!
  playing(sound, { paused: false, ended: false, currentTime: 0 })
  await tell(false)
  await scroll()
  expect(drawn()).toBe(true)
  playing(sound, { paused: true, ended: false, currentTime: 7 })
  await scroll()
  expect(drawn()).toBe(true)
  playing(sound, { paused: true, ended: true, currentTime: 9 })
  await scroll()
  expect(drawn()).toBe(false)
})

it('asks no more once it is near again', async () => {
  await aPart('<form></form>')
  await tell(false)
  await tell(true)
  box.querySelector('form')!.remove()
  await scroll()
  expect(drawn()).toBe(true)
  await tell(false)
  expect(drawn()).toBe(false)
})

it('keeps what has the focus', async () => {
  await aPart('<button>Open</button>')
  box.querySelector('button')!.focus()
  await tell(false)
  await scroll()
  expect(drawn()).toBe(true)
  box.querySelector('button')!.blur()
  await scroll()
  expect(drawn()).toBe(false)
})
