import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { PhonePicture } from '@/stores/softphone'
import { Engine, type Surroundings } from './engine'
import type { Leg, LegNews, LineNews } from './line'

const SOUND = { microphone: 'desk-mic', speaker: '', volume: 1 }
let picture: PhonePicture
let news: LineNews
let line: { register: ReturnType<typeof vi.fn>; renew: ReturnType<typeof vi.fn>; use: ReturnType<typeof vi.fn>; close: ReturnType<typeof vi.fn> }
let around: { [Key in keyof Surroundings]: ReturnType<typeof vi.fn> }
let engine: Engine

beforeEach(() => {
  vi.useFakeTimers()
  line = { register: vi.fn(async () => news.registered()), renew: vi.fn(), use: vi.fn(async () => undefined), close: vi.fn() }
  around = {
    open: vi.fn(async (_token: string, _sound: unknown, told: LineNews) => ((news = told), line)),
    token: vi.fn(async () => ({ token: `t${around.token.mock.calls.length}`, identity: 'li', expires_in_s: 600 })),
    microphone: vi.fn(async () => ''),
    sound: vi.fn(() => SOUND),
    expects: vi.fn(() => false),
    ring: vi.fn(),
    show: vi.fn((now: PhonePicture) => (picture = now)),
    refused: vi.fn(() => ({ status: 'offline', why: 'away' })),
  }
  engine = new Engine(around as unknown as Surroundings)
})
afterEach(() => {
  engine.stop()
  vi.useRealTimers()
})

const aLeg = (): { [Key in keyof Leg]: ReturnType<typeof vi.fn> } => ({ accept: vi.fn(), reject: vi.fn(), hangUp: vi.fn(), mute: vi.fn(), sendDigits: vi.fn() })
function rung(): { leg: ReturnType<typeof aLeg>; told: LegNews } {
  const leg = aLeg()
  return { leg, told: news.rung(leg as unknown as Leg) }
}

it('is ready once it is registered, and renews its token long before that ends', async () => {
  await engine.start()
  expect(picture.status).toBe('ready')
  await vi.advanceTimersByTimeAsync(449_000)
  expect(line.renew).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(line.renew).toHaveBeenCalledExactlyOnceWith('t2')
})

it('asks again for a token that could not be had, and keeps the line meanwhile', async () => {
  await engine.start()
  around.token.mockRejectedValueOnce(new Error('away'))
  await vi.advanceTimersByTimeAsync(451_000)
  expect(picture).toMatchObject({ status: 'offline', why: 'away' })
  expect(line.close).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(line.renew).toHaveBeenCalledOnce()
})

it.each(['no_microphone', 'blocked', 'unsupported'] as const)('opens no line where the microphone is: %s', async (missing) => {
  around.microphone.mockResolvedValueOnce(missing)
  await engine.start()
  expect(picture.status).toBe(missing)
  expect(around.token).not.toHaveBeenCalled()
  engine.do({ do: 'again' })
  await vi.advanceTimersByTimeAsync(1)
  expect(picture.status).toBe('ready')
})

it('answers what was accepted at once, on the chosen microphone', async () => {
  await engine.start()
  around.expects.mockReturnValue(true)
  const { leg, told } = rung()
  expect(leg.accept).toHaveBeenCalledExactlyOnceWith('desk-mic')
  expect(around.ring).not.toHaveBeenCalledWith(true)
  told.talking()
  expect(picture.call).toMatchObject({ stage: 'talking', muted: false })
  told.over()
  expect(picture).toMatchObject({ status: 'ready', call: null })
})

it('rings for what nobody accepted, until it is answered, declined or known', async () => {
  await engine.start()
  const first = rung()
  expect(around.ring).toHaveBeenLastCalledWith(true)
  expect(first.leg.accept).not.toHaveBeenCalled()
  engine.do({ do: 'decline' })
  expect(first.leg.reject).toHaveBeenCalledOnce()
  first.told.over()
  expect(around.ring).toHaveBeenLastCalledWith(false)
  const second = rung()
  engine.reconsider()
  expect(second.leg.accept).not.toHaveBeenCalled()
  around.expects.mockReturnValue(true) // the socket said only now what was accepted
  engine.reconsider()
  engine.reconsider()
  expect(second.leg.accept).toHaveBeenCalledOnce()
})

it('has one call: another that comes meanwhile is rejected, and its news change nothing', async () => {
  await engine.start()
  around.expects.mockReturnValue(true)
  const first = rung()
  first.told.talking()
  const second = rung()
  expect(second.leg.reject).toHaveBeenCalledOnce()
  second.told.over()
  expect(picture.call?.stage).toBe('talking')
})

it('mutes, sends keys and tells what is wrong with the sound', async () => {
  await engine.start()
  around.expects.mockReturnValue(true)
  const { leg, told } = rung()
  told.talking()
  engine.do({ do: 'mute', on: true })
  engine.do({ do: 'digits', digits: '1' })
  engine.do({ do: 'digits', digits: '#' })
  told.trouble('network', true)
  told.trouble('silent', true)
  told.trouble('network', false)
  expect(leg.mute).toHaveBeenCalledExactlyOnceWith(true)
  expect(leg.sendDigits.mock.calls).toEqual([['1'], ['#']])
  expect(picture.call).toEqual({ stage: 'talking', muted: true, troubles: ['silent'], digits: '1#' })
})

it('uses what is chosen while one talks', async () => {
  await engine.start()
  engine.do({ do: 'sound', devices: { ...SOUND, ringer: '', ringVolume: 1 } })
  expect(line.use).toHaveBeenCalledExactlyOnceWith(SOUND)
})

it('a microphone that is refused in the moment of answering is said, and the call is over', async () => {
  await engine.start()
  around.expects.mockReturnValue(true)
  rung().told.deaf('blocked')
  expect(picture).toMatchObject({ status: 'blocked', call: null })
})

it('takes a new token for one that is refused; a second refusal is an answer', async () => {
  await engine.start()
  await vi.advanceTimersByTimeAsync(10_000)
  news.failed({ code: 20_104, message: 'Access Token expired' })
  await vi.advanceTimersByTimeAsync(1)
  expect(line.renew).toHaveBeenCalledExactlyOnceWith('t2')
  news.failed({ code: 31_204, message: 'Access Token is invalid' })
  await vi.advanceTimersByTimeAsync(1)
  expect(line.renew).toHaveBeenCalledOnce()
  expect(picture).toMatchObject({ status: 'refused', why: 'Access Token is invalid (31204)' })
})

it('says when the line is gone, and when it is back; a call is never cut by beginning anew', async () => {
  await engine.start()
  news.unregistered()
  expect(picture.status).toBe('offline')
  news.registered()
  expect(picture.status).toBe('ready')
  around.expects.mockReturnValue(true)
  rung().told.talking()
  engine.do({ do: 'again' })
  await vi.advanceTimersByTimeAsync(1)
  expect(line.close).not.toHaveBeenCalled()
  expect(picture.call?.stage).toBe('talking')
})

it('after a sleep renews what is due, and begins again where there was no microphone', async () => {
  await engine.start()
  vi.setSystemTime(Date.now() + 3_600_000)
  engine.wake()
  await vi.advanceTimersByTimeAsync(1)
  expect(line.renew).toHaveBeenCalledOnce()
  engine.walledIn()
  expect(picture.status).toBe('reload')
  engine.wake()
  expect(around.open).toHaveBeenCalledOnce()
})
