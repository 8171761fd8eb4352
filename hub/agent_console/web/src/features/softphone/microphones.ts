import { shallowRef, type Ref } from 'vue'

export interface Device {
  id: string
  label: string
}
export interface Devices {
  microphones: Device[]
  speakers: Device[]
}

/** The devices that there are now; "default" and "communications" of Chromium are the usual one twice more. */
export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.deviceId && !['default', 'communications'].includes(one.deviceId))
  const of = (kind: MediaDeviceKind): Device[] => all.filter((one) => one.kind === kind).map((one) => ({ id: one.deviceId, label: one.label }))
  return { microphones: of('audioinput'), speakers: of('audiooutput') }
}

export function useDevices(): { devices: Ref<Devices>; watchOver: () => () => void } {
  const devices = shallowRef<Devices>({ microphones: [], speakers: [] })
  const read = (): void => void listDevices().then((found) => (devices.value = found), () => undefined)
  return {
    devices,
    watchOver: () => {
      read()
      navigator.mediaDevices?.addEventListener('devicechange', read)
      return () => navigator.mediaDevices?.removeEventListener('devicechange', read)
    },
  }
}

/** A chosen device that was pulled out is the usual one until it is back. */
export function there(chosen: string, known: Device[]): string {
  return known.some((one) => one.id === chosen) ? chosen : ''
}

/** Whether the microphone may be used without asking. A browser that does not say would ask. */
export async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}

/** Ask the browser for the microphone, and give it back at once: '' where it may be used. */
export async function tryMicrophone(): Promise<'' | 'no_microphone' | 'blocked' | 'unsupported'> {
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === 'undefined') return 'unsupported'
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    stream.getTracks().forEach((track) => track.stop())
    return ''
  } catch (error) {
    return error instanceof DOMException && ['NotAllowedError', 'SecurityError'].includes(error.name) ? 'blocked' : 'no_microphone'
  }
}

/** Tell how loud the microphone is, 0 to 1, until the function returned is called. */
export async function hear(microphone: string, tell: (level: number) => void): Promise<() => void> {
  const audio = microphone ? { deviceId: { exact: microphone } } : true
  const stream = await navigator.mediaDevices.getUserMedia({ audio })
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length)
    tell(Math.min(1, loud * 5))
  }, 100)
  return () => {
    window.clearInterval(timer)
    stream.getTracks().forEach((track) => track.stop())
    void context.close()
  }
}
