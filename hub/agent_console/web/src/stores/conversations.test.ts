import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import type { ConsoleFrame, InteractionsFrame } from '@/shared/api/frames'
import type { Interaction } from '@/shared/api/types'
import { useConversations } from './conversations'

const sent: ConsoleFrame[] = []

function grown(conversationId: string, from: number, to: number): InteractionsFrame {
  const items = Array.from({ length: to - from + 1 }, (_, place) => ({ id: `${conversationId} ${from + place}`, seq: from + place, direction: 'in' }) as Interaction)
  return { type: 'interactions', n: 1, conversation_id: conversationId, items, customer_read_seq: 0 } as InteractionsFrame
}

beforeEach(() => {
  setActivePinia(createPinia())
  sent.length = 0
  useConversations().wire((frame) => {
    sent.push(frame)
    return true
  })
})

describe('conversations over a shift', () => {
  it('of many that were looked at the last few stay, with their newest entries', () => {
    const conversations = useConversations()
    conversations.follow('open', 1)
    conversations.grew(grown('open', 1, 1))
    for (let n = 0; n < 60; n += 1) {
      conversations.follow(`c${n}`, 220)
      conversations.grew(grown(`c${n}`, 1, 220))
      conversations.unfollow(`c${n}`)
    }
    const held = Object.entries(conversations.held)
    expect(held).toHaveLength(31)
    expect(conversations.held.open?.timeline.entries).toHaveLength(1)
    expect(conversations.held.c59?.timeline.entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 200 }, (_, place) => 21 + place))
  })

  it('go on from where they are whole when they are looked at again', () => {
    const conversations = useConversations()
    conversations.follow('c', 400)
    conversations.grew(grown('c', 301, 400))
    conversations.unfollow('c')
    conversations.follow('c', 402)
    expect(sent.map((frame) => ('after_seq' in frame ? frame.after_seq : frame.type))).toEqual([300, 'leave', 400])
  })

  it('that were given up are not begun anew by what was still on its way', () => {
    const conversations = useConversations()
    conversations.grew(grown('gone', 7, 7))
    expect(conversations.held.gone).toBeUndefined()
  })
})
