import { useI18n } from 'vue-i18n'

import { useNames } from '../fields/named'
import { useDocument } from '../use_draft'
import { useDayNames } from './day_names'
import { hoursKeys, hoursName, partsOf } from './named_hours'

interface Choice {
  value: string
  label: string
}

/** Named hours as pages call them: by their name, else by their key; to choose from, with their week or without. */
export function useHours(): { nameOf: (key: string) => string; choices: () => Choice[]; withWeeks: () => Choice[] } {
  const { t } = useI18n()
  const { setup } = useDocument()
  const { zh } = useNames()
  const { readable } = useDayNames()
  const nameOf = (key: string): string => hoursName(setup.value, key, zh.value, t('setup.hours.default'))
  return {
    nameOf,
    choices: () => hoursKeys(setup.value).map((key) => ({ value: key, label: nameOf(key) })),
    withWeeks: () => hoursKeys(setup.value).map((key) => ({ value: key, label: `${nameOf(key)} · ${readable(partsOf(setup.value, key).week)}` })),
  }
}
