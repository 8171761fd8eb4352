/** Sounds are made, not loaded: a few short tones, others for each kind. No file, no fetch. */

import { ref } from 'vue'

let context: AudioContext | undefined

/** The browser lets nothing sound until this page is clicked or typed into. */
export const soundLocked = ref(false)

function audio(): AudioContext | undefined {
  if (typeof AudioContext === 'undefined') return undefined
  context ??= new AudioContext()
  return context
}

/** Browsers let sound start only after a gesture: call this from one. Says whether there is sound now. */
export async function unlockSound(): Promise<boolean> {
  const ctx = audio()
  if (!ctx) return false
  if (ctx.state === 'suspended') await ctx.resume().catch(() => undefined)
  soundLocked.value = ctx.state !== 'running'
  return !soundLocked.value
}

/**
 * Whoever signed in has clicked already: there is sound at once. Whoever comes back signed in has not, and a browser may
 * let such a page sound all the same: only its context knows.
 */
export function startSound(): void {
  const ctx = audio()
  if (!ctx) return
  ctx.onstatechange = () => (soundLocked.value = ctx.state !== 'running')
  soundLocked.value = ctx.state !== 'running'
  void unlockSound()
}

function tone(ctx: AudioContext, hertz: number, startS: number, lengthS: number, volume: number): void {
  const swing = ctx.createOscillator()
  const gain = ctx.createGain()
  const at = ctx.currentTime + startS
  swing.type = 'sine'
  swing.frequency.value = hertz
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(volume * 0.35, at + 0.015)
  gain.gain.exponentialRampToValueAtTime(0.0001, at + lengthS)
  swing.connect(gain).connect(ctx.destination)
  swing.start(at)
  swing.stop(at + lengthS)
}

export type Cue = 'offer' | 'offer_best' | 'bell' | 'deep' | 'message' | 'mention' | 'due' | 'missed'

const CUES: Record<Cue, [hertz: number, startS: number, lengthS: number][]> = {
  offer: [
    [659, 0, 0.22],
    [880, 0.18, 0.34],
  ],
  offer_best: [
    [659, 0, 0.2],
    [880, 0.15, 0.22],
    [1175, 0.3, 0.4],
  ],
  bell: [
    [1319, 0, 0.5],
    [1976, 0.02, 0.35],
  ],
  deep: [
    [330, 0, 0.3],
    [262, 0.26, 0.45],
  ],
  message: [[784, 0, 0.16]],
  mention: [
    [988, 0, 0.1],
    [988, 0.14, 0.16],
  ],
  due: [
    [587, 0, 0.18],
    [587, 0.24, 0.18],
    [587, 0.48, 0.3],
  ],
  missed: [
    [523, 0, 0.2],
    [392, 0.18, 0.36],
  ],
}

/** Play a cue at `volume` 0..1; silently nothing where the browser has not been unlocked. */
export function play(cue: Cue, volume: number): void {
  const ctx = audio()
  if (!ctx || ctx.state !== 'running') return
  for (const [hertz, startS, lengthS] of CUES[cue]) tone(ctx, hertz, startS, lengthS, volume)
}
