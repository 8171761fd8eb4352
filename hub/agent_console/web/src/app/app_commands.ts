import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { LOCALES, LOCALE_NAMES } from '@/i18n'
import { useCommands, type Act } from '@/shared/lib/commands'
import { usePreferences, type Theme } from '@/stores/preferences'
import { useSession } from '@/stores/session'

const THEMES: Theme[] = ['system', 'light', 'dark']

/** What can be done wherever one is: the pages, the search, the help, the looks. */
export function useAppCommands(open: { search: () => void; help: () => void }): void {
  const router = useRouter()
  const session = useSession()
  const preferences = usePreferences()
  const { t } = useI18n()

  const go = (path: string, when: () => boolean = () => true): Act => ({ run: () => void router.push(path), when })
  const supervises = (): boolean => session.supervises
  const administers = (): boolean => session.administers

  useCommands({
    search: open.search,
    help: open.help,
    'look.language': {
      run: () => (preferences.locale = preferences.locale === 'en' ? 'zh-CN' : 'en'),
      choices: () => LOCALES.filter((one) => one !== preferences.locale).map((one) => ({ id: one, label: LOCALE_NAMES[one], run: () => (preferences.locale = one) })),
    },
    'look.theme': {
      run: () => (preferences.theme = THEMES[(THEMES.indexOf(preferences.theme) + 1) % THEMES.length]!),
      choices: () => THEMES.filter((one) => one !== preferences.theme).map((one) => ({ id: one, label: t(`settings.themes.${one}`), run: () => (preferences.theme = one) })),
    },
    'go.desk': go('/desk?view=mine'), // without it an open contact keeps what is to do beside it
    'go.todo': go('/desk?view=to_do'),
    'go.me': go('/me'),
    'go.mentions': go('/mentions'),
    'go.customers': go('/customers'),
    'go.commitments': go('/commitments'),
    'go.knowledge': go('/knowledge'),
    'go.settings': go('/settings'),
    'go.callbacks': go('/callbacks', supervises),
    'go.whatif': go('/whatif', supervises),
    'go.reports': go('/reports', supervises),
    'go.quarantine': go('/quarantine', supervises),
    'go.wallboard': go('/wallboard', supervises),
    'go.groups': go('/groups', supervises),
    'go.people': go('/people', supervises),
    'go.setup': go('/setup', administers),
  })
}
