import { Call, Device } from '@twilio/voice-sdk'

import type { SoundTrouble } from '@/stores/softphone'
import type { Leg, Line, LineNews, Sound } from './line'
import { silence } from './tones'

const SOUNDS = ['incoming', 'outgoing', 'disconnect', 'dtmf0', 'dtmf1', 'dtmf2', 'dtmf3', 'dtmf4', 'dtmf5', 'dtmf6', 'dtmf7', 'dtmf8', 'dtmf9', 'dtmfs', 'dtmfh']
const NETWORK = new Set(['high-rtt', 'low-mos', 'high-jitter', 'high-packet-loss', 'high-packets-lost-fraction', 'ice-connectivity-lost', 'low-bytes-sent'])

/** What a warning of the provider means to who talks. */
export function troubleOf(warning: string): SoundTrouble | null {
  if (NETWORK.has(warning)) return 'network'
  if (warning === 'constant-audio-input-level') return 'silent'
  return warning === 'low-bytes-received' ? 'nothing_in' : null
}

const exactly = (id: string): MediaTrackConstraints => ({ echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(id ? { deviceId: { exact: id } } : {}) })

/** The line of Twilio's own library. Its sounds lie on a server of theirs: the console makes its own, so it gets silent ones. */
export async function openTwilioLine(token: string, sound: Sound, news: LineNews): Promise<Line> {
  const quiet = silence()
  const device = new Device(token, {
    closeProtection: true,
    codecPreferences: [Call.Codec.Opus, Call.Codec.PCMU],
    disableAudioContextSounds: true,
    maxCallSignalingTimeoutMs: 30_000,
    sounds: Object.fromEntries(SOUNDS.map((name) => [name, quiet])) as Record<Device.SoundName, string>,
    // Not in its types: nothing but the call itself goes to the provider.
    ...{ publishEvents: false },
  })
  let chosen = sound
  let current: Call | null = null
  let ear: HTMLAudioElement | null = null
  device.on('registered', () => news.registered())
  device.on('unregistered', () => news.unregistered())
  device.on('error', (error: { code: number; message: string }) => news.failed(error))
  device.on('incoming', (call: Call) => {
    const told = news.rung(legOf(call))
    let ended = false
    const over = (): void => {
      if (ended) return
      ended = true
      if (current === call) current = null
      device.audio?.unsetInputDevice().catch(() => undefined)
      told.over()
    }
    call.on('accept', () => {
      current = call
      told.talking()
    })
    call.on('audio', (element: HTMLAudioElement) => {
      ear = element
      ear.volume = chosen.volume
    })
    call.on('reconnecting', () => told.reconnecting())
    call.on('reconnected', () => told.talking())
    for (const end of ['disconnect', 'cancel', 'reject']) call.on(end, over)
    call.on('error', (error: { code: number }) => {
      if (error.code === 31401) told.deaf('blocked')
      if (error.code === 31402) told.deaf('no_microphone')
    })
    call.on('warning', (name: string) => tell(name, true))
    call.on('warning-cleared', (name: string) => tell(name, false))
    function tell(name: string, on: boolean): void {
      const what = troubleOf(name)
      if (what) told.trouble(what, on)
    }
  })

  async function use(wished: Sound): Promise<void> {
    chosen = wished
    if (ear) ear.volume = wished.volume
    await device.audio?.speakerDevices.set(wished.speaker || 'default').catch(() => undefined)
    if (current && wished.microphone) await device.audio?.setInputDevice(wished.microphone)
  }
  await use(sound)
  return {
    register: () => device.register(),
    renew: (fresh) => device.updateToken(fresh),
    use,
    close: () => {
      device.destroy()
      URL.revokeObjectURL(quiet)
    },
  }
}

function legOf(call: Call): Leg {
  return {
    accept: (microphone) => call.accept({ rtcConstraints: { audio: exactly(microphone) } }),
    reject: () => call.reject(),
    hangUp: () => call.disconnect(),
    mute: (on) => call.mute(on),
    sendDigits: (digits) => call.sendDigits(digits),
  }
}
