import { onScopeDispose, ref, watch, type Ref } from 'vue'

import { useMedia } from '@/shared/lib/media'

/** What stands at the foot of a page on a phone, with buttons that nothing may cover. */
const FOOT = '[data-foot]'
const GAP_PX = 8
/** A foot that fills the page leaves no room above it. */
const MOST = 0.7

/** How far above the lower edge of the page something has to stand on a phone, in pixels; null: as usual. Looked at while it is `shown`. */
export function useRoomBelow(shown: () => boolean): Ref<number | null> {
  const narrow = useMedia('(max-width: 47.99rem)')
  const room = ref<number | null>(null)
  let sized: ResizeObserver | undefined
  let foot: HTMLElement | null = null

  function measure(): void {
    const box = foot?.isConnected ? foot.getBoundingClientRect() : null
    const from = box && box.height > 0 ? window.innerHeight - box.top : 0
    room.value = from > 0 && from < window.innerHeight * MOST ? from + GAP_PX : null
  }
  function stop(): void {
    sized?.disconnect()
    window.removeEventListener('resize', measure)
    room.value = null
  }
  watch([shown, narrow], ([now, small]) => {
    stop()
    foot = now && small ? document.querySelector<HTMLElement>(FOOT) : null
    if (!foot) return
    sized = new ResizeObserver(measure)
    sized.observe(foot)
    window.addEventListener('resize', measure)
    measure()
  })
  onScopeDispose(stop)
  return room
}
