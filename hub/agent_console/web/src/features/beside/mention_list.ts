import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { listOf } from '@/features/desk/list/list_view'
import { messageOf } from '@/shared/api/errors'
import { listMentions, readMentions, type Mention } from '@/shared/api/mentions'
import { useLive } from '@/stores/live'
import { useToasts } from '@/stores/toasts'

export interface MentionList {
  items: Ref<Mention[]>
  loaded: Ref<boolean>
  problem: Ref<string>
  /** There are older ones. */
  after: Ref<string | null>
  reload: () => Promise<void>
  more: () => Promise<void>
  /** To the note; it is read now. */
  open: (mention: Mention) => Promise<void>
  readAll: () => Promise<void>
}

/** Notes that speak to this agent, read again whenever the count says that something is new. */
export function useMentionList(unread: () => boolean): MentionList {
  const live = useLive()
  const route = useRoute()
  const router = useRouter()
  const toasts = useToasts()
  const items = ref<Mention[]>([])
  const loaded = ref(false)
  const problem = ref('')
  const after = ref<string | null>(null)
  let asked = 0

  async function reload(): Promise<void> {
    const turn = (asked += 1)
    try {
      const page = await listMentions(unread())
      if (turn !== asked) return
      items.value = page.items
      after.value = page.after
      problem.value = ''
    } catch (error) {
      if (turn === asked) problem.value = messageOf(error)
    }
    loaded.value = true
  }

  async function more(): Promise<void> {
    if (after.value === null) return
    try {
      const page = await listMentions(unread(), after.value)
      items.value = [...items.value, ...page.items]
      after.value = page.after
    } catch (error) {
      toasts.error(messageOf(error))
    }
  }

  async function read(what: Parameters<typeof readMentions>[0]): Promise<void> {
    try {
      await readMentions(what)
    } catch (error) {
      toasts.error(messageOf(error))
    }
  }

  async function open(mention: Mention): Promise<void> {
    await router.push({ path: `/desk/${mention.contact.id}`, query: { ...listOf(route.query), at: String(mention.seq) } })
    if (mention.read_at === null) await read({ ids: [mention.id] })
  }

  async function readAll(): Promise<void> {
    await read({ everything: true })
    await reload()
  }

  watch([() => live.picture.mentions, () => live.picture.at, unread], () => void reload(), { immediate: true })
  return { items, loaded, problem, after, reload, more, open, readAll }
}
