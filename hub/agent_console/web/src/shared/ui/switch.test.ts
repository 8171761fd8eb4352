import { createApp, h, nextTick, ref } from 'vue'
import { describe, expect, it } from 'vitest'

import UiSwitch from './UiSwitch.vue'

describe('a switch', () => {
  it('is turned by a click and by Enter, which sends no form', async () => {
    const on = ref(false)
    const sent = ref(0)
    const box = document.createElement('div')
    document.body.append(box)
    const form = () => h('form', { onSubmit: (event: Event) => (event.preventDefault(), (sent.value += 1)) }, [h(UiSwitch, { label: 'Survey', modelValue: on.value, 'onUpdate:modelValue': (value: boolean) => (on.value = value) }), h('button')])
    createApp({ render: form }).mount(box)
    const input = box.querySelector<HTMLInputElement>('input[role="switch"]')!
    input.click()
    await nextTick()
    expect([on.value, input.checked]).toEqual([true, true])
    const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    input.dispatchEvent(enter)
    await nextTick()
    expect([on.value, input.checked, enter.defaultPrevented, sent.value]).toEqual([false, false, true, 0])
  })
})
