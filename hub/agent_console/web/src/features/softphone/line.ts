import type { SoundTrouble } from '@/stores/softphone'

/** One call at this browser, as far as the softphone needs it. */
export interface Leg {
  accept: (microphone: string) => void
  reject: () => void
  hangUp: () => void
  mute: (on: boolean) => void
  sendDigits: (digits: string) => void
}

export interface LegNews {
  talking: () => void
  reconnecting: () => void
  over: () => void
  /** The microphone could not be had. */
  deaf: (name: 'blocked' | 'no_microphone') => void
  trouble: (what: SoundTrouble, on: boolean) => void
}

export interface LineNews {
  registered: () => void
  unregistered: () => void
  /** Returns who wants to know how it goes on. */
  rung: (leg: Leg) => LegNews
  failed: (error: { code: number; message: string }) => void
}

/** The line to the provider. `use`: from now on this microphone and this speaker ('': the usual ones), at this volume. */
export interface Line {
  register: () => Promise<void>
  renew: (token: string) => void
  use: (sound: Sound) => Promise<void>
  close: () => void
}

export interface Sound {
  microphone: string
  speaker: string
  volume: number
}

export type OpenLine = (token: string, sound: Sound, news: LineNews) => Promise<Line>
