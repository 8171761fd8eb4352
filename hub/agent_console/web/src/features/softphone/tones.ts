/** Sounds are made, not loaded: as WAV, so that they can be played on the device that somebody chose. */

const RATE = 8_000

function wav(samples: Int16Array<ArrayBuffer>): string {
  const head = new DataView(new ArrayBuffer(44))
  const word = (at: number, text: string): void => [...text].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)))
  word(0, 'RIFF')
  head.setUint32(4, 36 + samples.byteLength, true)
  word(8, 'WAVEfmt ')
  head.setUint32(16, 16, true)
  head.setUint16(20, 1, true)
  head.setUint16(22, 1, true)
  head.setUint32(24, RATE, true)
  head.setUint32(28, RATE * 2, true)
  head.setUint16(32, 2, true)
  head.setUint16(34, 16, true)
  word(36, 'data')
  head.setUint32(40, samples.byteLength, true)
  return URL.createObjectURL(new Blob([head.buffer, samples.buffer], { type: 'audio/wav' }))
}

export const silence = (): string => wav(new Int16Array(RATE / 20))

/** A second of ringing, then a pause: 440 and 480 Hz. */
function ringing(): string {
  const samples = new Int16Array(RATE * 3)
  for (let at = 0; at < RATE; at += 1) {
    const edge = Math.min(1, at / 200, (RATE - at) / 200)
    samples[at] = 6_000 * edge * (Math.sin((2 * Math.PI * 440 * at) / RATE) + Math.sin((2 * Math.PI * 480 * at) / RATE))
  }
  return wav(samples)
}

let rung: { audio: HTMLAudioElement; url: string } | undefined

/** Ring on this device ('': the usual one) until `stopRinging`; `once`: one ring, to hear where it comes from. */
export async function ring(device: string, volume: number, once = false): Promise<void> {
  stopRinging()
  const url = ringing()
  const audio = new Audio(url)
  rung = { audio, url }
  audio.loop = !once
  audio.volume = volume
  // Not every browser lets a page choose where it sounds: then it is the usual place.
  if (device && 'setSinkId' in audio) await audio.setSinkId(device).catch(() => undefined)
  await audio.play().catch(() => undefined)
}

export function stopRinging(): void {
  if (!rung) return
  rung.audio.pause()
  URL.revokeObjectURL(rung.url)
  rung = undefined
}
