import { defineAsyncComponent, defineComponent, h, onBeforeUnmount, ref, shallowRef, type AsyncComponentLoader, type Component, type Ref, type ShallowRef } from 'vue'

import { texts } from '@/i18n'
import { messageOf } from '@/shared/api/errors'
import { useToasts } from '@/stores/toasts'

const AGAIN_MS = 1_000
const LONGEST_MS = 20_000
const SOON_MS = 5_000

/**
 * A component that is fetched when it is first drawn. Where it cannot be had it is asked for again until it comes: a
 * line that was cut takes nothing away until the next reload.
 */
export function late<T extends Component>(load: AsyncComponentLoader<T>): T {
  return defineAsyncComponent<T>({
    loader: load,
    onError: (_error, again, _give, times) => void setTimeout(again, Math.min(AGAIN_MS * 2 ** (times - 1), LONGEST_MS)),
  })
}

/**
 * A dialog that is fetched when it is asked for. Where it does not come soon it is not wanted any more, and that is
 * said: one that opened by itself later would take the keys of somebody who went on typing.
 */
export function lateDialog<T extends Component>(load: AsyncComponentLoader<T>): T {
  const had = shallowRef<Component | null>(null)
  const dialog = defineComponent({
    inheritAttrs: false,
    setup(_, { attrs, slots }) {
      let gone = false
      onBeforeUnmount(() => (gone = true))
      if (!had.value) void fetch()

      async function fetch(): Promise<void> {
        try {
          const found = await soon(load())
          had.value = 'default' in found ? found.default : found
        } catch (error) {
          if (!gone) giveUp(attrs)
          useToasts().error(error instanceof TooLate ? texts.t('errors.offline') : messageOf(error))
        }
      }
      return () => (had.value ? h(had.value, attrs, slots) : null)
    },
  })
  return dialog as Component as T
}

class TooLate extends Error {}

const soon = <T>(load: Promise<T>): Promise<T> =>
  Promise.race([load, new Promise<never>((_, reject) => setTimeout(() => reject(new TooLate()), SOON_MS))])

function giveUp(attrs: Record<string, unknown>): void {
  const close = attrs['onUpdate:open']
  const over = attrs['onDone'] ?? attrs['onClose']
  if (typeof close === 'function') close(false)
  else if (typeof over === 'function') over()
}

/** A part of a page that is fetched when it is first wanted. */
export interface LatePart {
  part: ShallowRef<Component | null>
  /** It is wanted: drawn once it has come. */
  wanted: Ref<boolean>
  /** Whether it could be had. Where not, it is wanted no more, and the next wish fetches again. */
  show: () => Promise<boolean>
}

export function useLatePart(load: () => Promise<{ default: Component }>): LatePart {
  const part = shallowRef<Component | null>(null)
  const wanted = ref(false)

  async function show(): Promise<boolean> {
    wanted.value = true
    try {
      part.value ??= (await load()).default
      return true
    } catch {
      wanted.value = false
      return false
    }
  }
  return { part, wanted, show }
}
