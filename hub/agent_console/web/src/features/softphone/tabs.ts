import type { PhoneOrder, PhonePicture } from '@/stores/softphone'

type Word = { kind: 'picture'; picture: PhonePicture } | { kind: 'order'; order: PhoneOrder } | { kind: 'ask' }

export interface Shared {
  show: (picture: PhonePicture) => void
  order: (order: PhoneOrder) => void
  leave: () => void
}

/**
 * Several tabs of one person, one softphone: the tab that has the lock rings, the others show what it shows and pass on
 * what is asked of it. When it closes the next one takes over.
 */
export function shareAmongTabs(
  name: string,
  on: { lead: () => void; shown: (picture: PhonePicture) => void; ordered: (order: PhoneOrder) => void },
): Shared {
  const channel = new BroadcastChannel(name)
  const stop = new AbortController()
  let leads = false
  let last: PhonePicture | null = null
  let release: () => void = () => undefined

  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.kind === 'picture') {
      if (!leads) on.shown(data.picture)
    } else if (!leads) return
    else if (data.kind === 'order') on.ordered(data.order)
    else if (last) say({ kind: 'picture', picture: last })
  }
  const say = (word: Word): void => channel.postMessage(word)
  say({ kind: 'ask' })
  navigator.locks
    .request(name, { signal: stop.signal }, () => {
      leads = true
      on.lead()
      return new Promise<void>((resolve) => (release = resolve))
    })
    .catch(() => undefined) // it was left before its turn came

  return {
    show: (picture) => {
      last = picture
      on.shown(picture)
      if (leads) say({ kind: 'picture', picture })
    },
    order: (order) => (leads ? on.ordered(order) : say({ kind: 'order', order })),
    leave: () => {
      stop.abort()
      channel.close()
      release()
    },
  }
}
