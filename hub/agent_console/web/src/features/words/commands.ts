import { i18n } from '@/i18n'
import { ANSWERABLE } from '@/features/desk/open_contact'
import { ApiError } from '@/shared/api/http'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'
import { useWords } from '@/stores/words'
import { findMacros } from './find'

const MOST = 5

/** Macros for the command bar, for a contact one may act on: what is typed finds them; none where the hub cannot be asked now. */
export async function macroCommands(contactId: string): Promise<(typed: string) => { id: string; label: string }[]> {
  const row = useLive().picture.contacts[contactId]
  if (row?.agent_id !== useSession().me?.id || !ANSWERABLE.includes(row?.state ?? '')) return () => []
  const words = useWords()
  try {
    await words.load()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
  const inLocale = (one: { zh: string; en: string }): string => (i18n.global.locale.value === 'zh-CN' ? one.zh : one.en)
  return (typed) => findMacros(words.macros, typed).slice(0, MOST).map((one) => ({ id: one.id, label: inLocale(one) }))
}
