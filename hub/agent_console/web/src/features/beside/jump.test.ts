import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { jumpTo, type Place } from './jump'

/** What the hub has of each conversation, and from where on it is held. */
const whole: Record<string, number[]> = {}
const from: Record<string, number> = {}
const loadEarlier = vi.fn(async (id: string) => {
  from[id] = Math.max(1, from[id]! - 2)
  draw()
})
const held = (id: string): { seq: number }[] => whole[id]!.filter((seq) => seq >= from[id]!).map((seq) => ({ seq }))
vi.mock('@/stores/conversations', () => ({ useConversations: () => ({ get: (id: string) => ({ timeline: { entries: held(id) } }), loadEarlier }) }))

let box: HTMLElement
/** As the timeline draws: what is before the first held entry of a conversation with more is not shown of any. */
const hides: string[] = []
function draw(): void {
  const visible = hides.every((id) => from[id] === 1)
  box.innerHTML = Object.keys(whole)
    .flatMap((id) => (id === 'own' && !visible ? [] : held(id).map(({ seq }) => `<div data-part="${id} ${seq}"><article data-conversation="${id}" data-seq="${seq}"></article></div>`)))
    .join('')
}

beforeEach(() => {
  Object.assign(whole, { other: [1, 2, 3, 4, 5, 6], own: [1, 2, 3, 4, 5, 6] })
  Object.assign(from, { other: 1, own: 5 })
  hides.length = 0
  box = document.createElement('div')
  document.body.append(box)
  loadEarlier.mockClear()
  draw()
})
afterEach(() => box.remove())

const partWith = ({ conversationId, seq }: Place): string | undefined => box.querySelector<HTMLElement>(`[data-part="${conversationId} ${seq}"]`)?.dataset['part']
const focused = (): [string | undefined, string | undefined] => {
  const { conversation, seq } = (document.activeElement as HTMLElement).dataset
  return [conversation, seq]
}

it('goes to the entry of its own conversation, not to one of the same number merged into it', async () => {
  await jumpTo(box, { conversationId: 'own', seq: 2 }, { earlier: () => [], partWith, here: () => true })
  expect(focused()).toEqual(['own', '2'])
  expect(loadEarlier.mock.calls.map(([id]) => id)).toEqual(['own', 'own'])
})

it('loads what hides the entry, though it is held', async () => {
  hides.push('other')
  from['other'] = 5
  draw()
  await jumpTo(box, { conversationId: 'own', seq: 6 }, { earlier: () => ['other'], partWith, here: () => true })
  expect(focused()).toEqual(['own', '6'])
})

it('ends where the hub has no more', async () => {
  from['own'] = 1
  whole['own'] = [1, 2, 3]
  draw()
  await jumpTo(box, { conversationId: 'own', seq: 9 }, { earlier: () => ['own'], partWith, here: () => true })
  expect(loadEarlier).not.toHaveBeenCalled()
})

it('loads no more once one has left', async () => {
  let left = false
  loadEarlier.mockImplementationOnce(async () => void (left = true))
  await jumpTo(box, { conversationId: 'own', seq: 2 }, { earlier: () => [], partWith, here: () => !left })
  expect(loadEarlier).toHaveBeenCalledOnce()
  expect(document.activeElement).toBe(document.body)
})
