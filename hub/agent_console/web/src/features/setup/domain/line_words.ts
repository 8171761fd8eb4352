import { texts } from '@/i18n'
import type { SetupDocument } from '@/shared/api/setup_types'

const LISTS = { queue: 'queues', team: 'teams', tier: 'tiers', skill: 'skills', 'sla policy': 'sla_policies' } as const
const WORDS = ['teams of queue', 'sla policy', 'entry point', 'canned response', 'queue', 'team', 'tier', 'skill', 'reason', 'outcome', 'agent']

/** A line of `hub apply` ("queue finance", "rules of the contact queue") in the words of the screens. */
export function lineWords(line: string, setup: SetupDocument | null, locale: string): string {
  const known = texts.te(`setup.line.${slug(line)}`)
  if (known) return texts.t(`setup.line.${slug(line)}`)
  const word = WORDS.find((one) => line.startsWith(`${one} `))
  if (!word) return line
  const key = line.slice(word.length + 1)
  const list = LISTS[(word === 'teams of queue' ? 'queue' : word) as keyof typeof LISTS]
  const named = list && setup?.[list].find((one) => one.key === key)
  const name = named ? (locale.startsWith('zh') ? named.zh : named.en) : key
  return texts.t(`setup.line.${slug(word)}`, { name })
}

const slug = (text: string): string => text.replace(/[^a-z]+/giu, '_')
