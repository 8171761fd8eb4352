import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { readableWeek } from '../domain/week'

/** Weekdays in the language of the screens, Monday first; and hours in words with them. */
export function useDayNames(): { names: ComputedRef<string[]>; readable: (week: string) => string } {
  const { locale } = useI18n()
  // 1 January 2024 was a Monday.
  const names = computed(() => [1, 2, 3, 4, 5, 6, 7].map((day) => new Intl.DateTimeFormat(locale.value, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day))))
  return { names, readable: (week) => readableWeek(week, names.value, locale.value.startsWith('zh')) }
}
