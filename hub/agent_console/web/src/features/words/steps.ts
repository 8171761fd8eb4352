import { texts } from '@/i18n'
import type { MacroStep } from '@/shared/api/words'
import { span } from '@/shared/lib/time'
import { useSetup } from '@/stores/setup'

/** What a step will do, in one line. `people`: names of agents by id. */
export function stepLine(step: MacroStep, locale: string, people: ReadonlyMap<string, string>): string {
  const setup = useSetup()
  const say = (key: string, values?: Record<string, unknown>): string => texts.t(`words.steps.${key}`, values)
  const tags = (keys: string[]): string => keys.map((key) => setup.nameOf('tags', key)).join(', ')
  switch (step.do) {
    case 'reply':
      return say(step.send ? 'reply' : 'insert')
    case 'note':
      return say('note', { text: step.text })
    case 'tag':
      return [step.add.length ? say('tag', { tags: tags(step.add) }) : '', step.remove.length ? say('untag', { tags: tags(step.remove) }) : ''].filter(Boolean).join(' · ')
    case 'priority':
      return say('priority', { priority: step.priority })
    case 'transfer':
      return say('transfer', { to: step.queue_id ? setup.nameOf('queues', step.queue_id) : (people.get(step.agent_id ?? '') ?? say('colleague')) })
    case 'park':
      return step.for_s === null ? say('park') : say('parkFor', { time: span(step.for_s, locale) })
    case 'close': {
      const how = [setup.nameOf('reasons', step.reason_id), setup.nameOf('outcomes', step.outcome_id)].filter(Boolean).join(' / ')
      return how ? say('closeAs', { how }) : say('close')
    }
  }
}
