import { loadTexts } from '@/i18n'

/** Texts of rules about customers; the names of how customers buy are those of the tier runs. */
export const ruleTexts = (): Promise<unknown> => Promise.all([loadTexts('rules'), loadTexts('value')])
