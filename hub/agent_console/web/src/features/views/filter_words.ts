import { useI18n } from 'vue-i18n'

import type { ViewFilter } from '@/shared/api/views'
import { useSetup } from '@/stores/setup'
import { useColleagues } from './colleagues'
import { useViews } from './views_store'

const HOUR = 3_600
const DAY = 86_400

/** "3 h", "2 days": a stretch as people say it. */
export function stretch(seconds: number, locale: string): string {
  const [value, unit] = seconds >= DAY ? [Math.round(seconds / DAY), 'day'] : seconds >= HOUR ? [Math.round(seconds / HOUR), 'hour'] : [Math.round(seconds / 60), 'minute']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

export interface FilterWord {
  key: keyof ViewFilter
  text: string
}

/** A filter in words, a line for each of its conditions. */
export function useFilterWords(): (filter: ViewFilter) => FilterWord[] {
  const { t, locale } = useI18n()
  const setup = useSetup()
  const views = useViews()
  const colleagues = useColleagues()
  const list = (values: string[]): string => new Intl.ListFormat(locale.value, { type: 'disjunction' }).format(values)
  const day = (at: string): string => new Date(at).toLocaleDateString(locale.value)
  const language = (code: string): string => new Intl.DisplayNames([locale.value], { type: 'language' }).of(code) ?? code
  const team = (id: string): string => {
    const found = views.teams.find((one) => one.id === id)
    return found ? setup.inLocale(found) : id
  }

  function agent(id: string): string {
    if (id === 'me') return t('views.me')
    return id === 'nobody' ? t('views.nobody') : colleagues.nameOf(id)
  }

  return (filter) => {
    const found: FilterWord[] = []
    const add = (key: keyof ViewFilter, label: string, text: string): void => void found.push({ key, text: text === '' ? label : `${label}${t('views.colon')}${text}` })
    if (filter.states?.length) add('states', t('views.field.states'), list(filter.states.map((one) => t(`contactState.${one}`))))
    if (filter.channels?.length) add('channels', t('views.field.channels'), list(filter.channels.map((one) => t(`channel.${one}`))))
    if (filter.queues?.length) add('queues', t('views.field.queues'), list(filter.queues.map((one) => setup.nameOf('queues', one))))
    if (filter.teams?.length) add('teams', t('views.field.teams'), list(filter.teams.map(team)))
    if (filter.tiers?.length) add('tiers', t('views.field.tiers'), list(filter.tiers.map((one) => setup.nameOf('tiers', one))))
    if (filter.agent) add('agent', t('views.field.agent'), agent(filter.agent))
    if (filter.least_priority) add('least_priority', t('views.field.least_priority'), `≥ ${filter.least_priority}`)
    if (filter.due_within_s === 0) add('due_within_s', t('views.overdue'), '')
    else if (filter.due_within_s) add('due_within_s', t('views.field.due_within_s'), stretch(filter.due_within_s, locale.value))
    if (filter.opened_within_s) add('opened_within_s', t('views.field.opened_within_s'), stretch(filter.opened_within_s, locale.value))
    if (filter.opened_after) add('opened_after', t('views.field.opened_after'), day(filter.opened_after))
    if (filter.opened_before) add('opened_before', t('views.field.opened_before'), day(filter.opened_before))
    if (filter.languages?.length) add('languages', t('views.field.languages'), list(filter.languages.map(language)))
    if (filter.reasons?.length) add('reasons', t('views.field.reasons'), list(filter.reasons.map((one) => setup.nameOf('reasons', one))))
    if (filter.tags?.length) add('tags', t('views.field.tags'), list(filter.tags.map((one) => setup.nameOf('tags', one))))
    if (filter.unanswered) add('unanswered', t('views.field.unanswered'), '')
    if (filter.attachment) add('attachment', t('views.field.attachment'), '')
    if (filter.customer) add('customer', t('views.field.customer'), filter.customer)
    if (filter.words) add('words', t('views.field.words'), filter.words)
    if (filter.phrase) add('phrase', t('views.field.phrase'), filter.phrase)
    return found
  }
}
