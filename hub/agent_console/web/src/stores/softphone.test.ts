import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { nextTick } from 'vue'

import { useSoftphone, type PhoneOrder } from './softphone'

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
})

it('a device that is chosen is kept, told to the tab that rings, and not told again by it', async () => {
  const softphone = useSoftphone()
  const told: PhoneOrder[] = []
  softphone.wire((order) => {
    told.push(order)
    if (order.do === 'sound') softphone.takeDevices(order.devices) // as the tab that leads does
  })
  softphone.devices = { ...softphone.devices, microphone: 'headset' }
  await nextTick()
  await nextTick()
  expect(told).toEqual([{ do: 'sound', devices: expect.objectContaining({ microphone: 'headset' }) }])
  setActivePinia(createPinia())
  expect(useSoftphone().devices.microphone).toBe('headset')
})

it('says that no call can ring only where calls would ring here', () => {
  const softphone = useSoftphone()
  expect(softphone.unready).toBe(false)
  softphone.view = { rings: 'desk_phone', desk_phone: '+862155550000', lacks: '' }
  expect(softphone.unready).toBe(false)
  softphone.view = { rings: 'browser', desk_phone: null, lacks: 'no_key' }
  expect([softphone.concerns, softphone.unready]).toEqual([true, true])
  softphone.view = { rings: 'browser', desk_phone: null, lacks: 'stand_in' }
  expect([softphone.concerns, softphone.unready]).toEqual([false, false])
})
