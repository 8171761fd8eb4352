import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'

import { getSoftphone, type SoftphoneView } from '@/shared/api/softphone'
import { useStored } from '@/shared/lib/stored'

/**
 * off: calls ring elsewhere, or there is no softphone · waiting: until its agent is at work · starting · ready: it can be rung · no_microphone: none is there ·
 * blocked: the browser may not use it · offline: no line to the provider · reload: this page was loaded before there was
 * an account · refused: the hub gives no token (`why`) · unsupported: this browser cannot, or not without https.
 */
export type PhoneStatus = 'off' | 'waiting' | 'starting' | 'ready' | 'no_microphone' | 'blocked' | 'offline' | 'reload' | 'refused' | 'unsupported'

/** What is wrong with the sound of a call: the line, nothing of mine is heard, nothing of theirs comes. */
export type SoundTrouble = 'network' | 'silent' | 'nothing_in'

export interface PhoneCall {
  stage: 'ringing' | 'connecting' | 'talking' | 'reconnecting'
  muted: boolean
  troubles: SoundTrouble[]
  digits: string
}

export interface PhonePicture {
  status: PhoneStatus
  /** The hub's or the provider's own words, where there are some. */
  why: string
  call: PhoneCall | null
}

/** Devices are this computer's: what was chosen is kept in this browser. '' is the usual one. */
export interface ChosenDevices {
  microphone: string
  speaker: string
  ringer: string
  volume: number
  ringVolume: number
}
const USUAL: ChosenDevices = { microphone: '', speaker: '', ringer: '', volume: 1, ringVolume: 0.7 }

export type PhoneOrder =
  | { do: 'answer' | 'decline' | 'again' }
  | { do: 'sound'; devices: ChosenDevices }
  | { do: 'mute'; on: boolean }
  | { do: 'digits'; digits: string }

export const OFF: PhonePicture = { status: 'off', why: '', call: null }

/** The softphone as every part of the console sees it, in whichever tab it rings. What makes it ring is fetched late. */
export const useSoftphone = defineStore('softphone', () => {
  const picture = shallowRef<PhonePicture>(OFF)
  const view = shallowRef<SoftphoneView | null>(null)
  const devices = useStored<ChosenDevices>('softphone', USUAL)
  let give: (order: PhoneOrder) => void = () => undefined

  const call = computed(() => picture.value.call)
  /** In words that the agent needs: their calls come here, or would if something were mended. */
  const concerns = computed(() => view.value !== null && view.value.rings === 'browser' && !['no_line', 'stand_in'].includes(view.value.lacks))

  /** Calls come here, and none can ring now. */
  const unready = computed(() => concerns.value && !call.value && picture.value.status !== 'ready')

  /** What the hub is told of calls to me: they can ring, or cannot; null while nothing is known. `leads`: this tab keeps the line, or no tab does. */
  function reached(leads: boolean): boolean | null {
    if (!view.value) return null
    if (!concerns.value) return true
    return leads || view.value.lacks ? !unready.value : null
  }

  async function read(): Promise<void> {
    view.value = await getSoftphone()
  }
  const wire = (to: (order: PhoneOrder) => void): void => void (give = to)
  const order = (one: PhoneOrder): void => give(one)
  /** Chosen in another tab; the same again is no change. */
  const takeDevices = (chosen: ChosenDevices): void => {
    if (JSON.stringify(chosen) !== JSON.stringify(devices.value)) devices.value = chosen
  }
  watch(devices, (chosen) => give({ do: 'sound', devices: { ...chosen } }), { deep: true })
  const toggleMute = (): void => void (call.value && give({ do: 'mute', on: !call.value.muted }))

  return { picture, view, devices, takeDevices, call, concerns, unready, reached, read, wire, order, toggleMute }
})
