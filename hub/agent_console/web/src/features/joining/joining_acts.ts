import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { useOpenContact } from '@/features/desk/open_contact'
import { messageOf } from '@/shared/api/errors'
import * as api from '@/shared/api/joining'
import { useToasts } from '@/stores/toasts'

/** What is done with contacts that belong together, and told: with undo where there is one. */
export function useJoiningActs(): {
  run: (act: () => Promise<unknown>) => Promise<boolean>
  merge: (id: string, otherId: string, keep: 'this' | 'other', reference: string, otherCustomer: boolean) => Promise<boolean>
  undoMerge: (mergeId: string) => Promise<boolean>
  split: (id: string, body: api.SplitBody) => Promise<boolean>
} {
  const { t } = useI18n()
  const toasts = useToasts()
  const router = useRouter()
  const open = useOpenContact()

  async function run(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      void open.reload()
      return true
    } catch (error) {
      toasts.error(messageOf(error, 'joining'))
      return false
    }
  }

  function undoMerge(mergeId: string): Promise<boolean> {
    return run(async () => {
      const done = await api.undoMerge(mergeId)
      const what = done.kept.map((code) => t(`joining.kept.${code}`)).join(' ')
      toasts.done(what ? t('joining.merge.undoneBut', { what }) : t('joining.merge.undone'))
    })
  }

  function merge(id: string, otherId: string, keep: 'this' | 'other', reference: string, otherCustomer: boolean): Promise<boolean> {
    return run(async () => {
      const done = await api.mergeContacts(id, { other_id: otherId, keep, other_customer: otherCustomer })
      toasts.done(t('joining.merge.done', { reference }), { label: t('joining.merge.undo'), run: () => void undoMerge(done.merge_id) })
      if (done.kept_id !== id) await router.push(`/desk/${done.kept_id}`)
    })
  }

  /** Who takes the new contact goes on there; undone, one is back where the messages came from. */
  function split(id: string, body: api.SplitBody): Promise<boolean> {
    return run(async () => {
      const made = await api.splitContact(id, body)
      const undo = (): Promise<boolean> =>
        run(async () => {
          await api.undoSplit(made.split_id)
          toasts.done(t('joining.split.undone'))
          await router.push(`/desk/${id}`)
        })
      toasts.done(t('joining.split.done'), { label: t('joining.section.undoSplit'), run: () => void undo() })
      if (body.take) await router.push(`/desk/${made.contact_id}`)
    })
  }

  return { run, merge, undoMerge, split }
}
