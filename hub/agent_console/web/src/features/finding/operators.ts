import type { ContactState } from '@/shared/api/types'
import type { ViewFilter } from '@/shared/api/views'

/** What can be named in a search, with its names in both languages. */
export interface Named {
  id: string
  names: string[]
}
export interface Names {
  tiers: Named[]
  queues: Named[]
  agents: Named[]
  tags: Named[]
}

export interface Asked {
  filter: ViewFilter
  /** The words beside the operators. */
  text: string
  /** What was meant as an operator and is none, as it was typed. */
  unknown: string[]
  /** Each operator as it was typed: what can be taken out to find more. */
  parts: string[]
}

type Key = 'channel' | 'tier' | 'queue' | 'tag' | 'state' | 'agent' | 'from' | 'before' | 'after' | 'has' | 'is'

const KEYS: Record<Key, string[]> = {
  channel: ['channel', 'in', '渠道'],
  tier: ['tier', '等级', '客户等级'],
  queue: ['queue', '技能组', '队列'],
  tag: ['tag', 'label', '标签'],
  state: ['state', '状态'],
  agent: ['agent', '坐席'],
  from: ['from', 'customer', '来自', '客户'],
  before: ['before', '早于', '之前'],
  after: ['after', 'since', '晚于', '之后'],
  has: ['has', '有', '含'],
  is: ['is', '是'],
}
const CHANNELS: Named[] = [
  { id: 'phone', names: ['phone', 'call', '电话'] },
  { id: 'email', names: ['email', 'mail', '邮件', '邮箱'] },
  { id: 'webchat', names: ['webchat', 'chat', '网聊', '聊天', '在线'] },
  { id: 'fax', names: ['fax', '传真'] },
  { id: 'sms', names: ['sms', 'text', '短信'] },
]
const OPEN: ContactState[] = ['queued', 'offered', 'connecting', 'active', 'hold', 'parked', 'wrap_up']
const STATES: { states: ContactState[]; names: string[] }[] = [
  { states: OPEN, names: ['open', '未关闭', '打开'] },
  { states: ['queued', 'offered'], names: ['waiting', 'queued', '等待'] },
  { states: ['active', 'connecting', 'hold'], names: ['active', '处理中', '进行中'] },
  { states: ['parked'], names: ['parked', '待客户回复', '挂起'] },
  { states: ['wrap_up'], names: ['wrap_up', 'wrap-up', '话后整理', '整理'] },
  { states: ['closed'], names: ['closed', '已关闭', '关闭'] },
  { states: ['abandoned'], names: ['abandoned', '放弃', '已放弃'] },
]
const ME = ['me', '我']
const NOBODY = ['nobody', 'none', '无', '无人']
const ATTACHMENT = ['attachment', 'attachments', 'file', '附件', '文件']
const UNANSWERED = ['unanswered', '未回复', '待回复']

const QUOTES = '"“”「」'
const TOKEN = new RegExp(`(?:([^\\s:：${QUOTES}]+)[:：])?[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]|([^\\s:：${QUOTES}]+)[:：]([^\\s${QUOTES}]+)|(\\S+)`, 'gu')
const fold = (text: string): string => text.normalize('NFKC').toLowerCase().trim()
const keyOf = (word: string): Key | undefined => (Object.keys(KEYS) as Key[]).find((key) => KEYS[key].includes(fold(word)))

/** Those called exactly so, else those whose name begins so. */
function called(all: Named[], value: string): string[] {
  const wanted = fold(value)
  const exact = all.filter((one) => [one.id, ...one.names].some((name) => fold(name) === wanted))
  return (exact.length ? exact : all.filter((one) => one.names.some((name) => fold(name).startsWith(wanted)))).map((one) => one.id)
}

/** "2026-05-01", "7d", today, yesterday: the beginning of that day, where the user is. */
export function dayOf(value: string, now: Date): Date | null {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate())
  const back = (days: number): Date => new Date(day.getFullYear(), day.getMonth(), day.getDate() - days)
  if (['today', '今天'].includes(fold(value))) return day
  if (['yesterday', '昨天'].includes(fold(value))) return back(1)
  const ago = /^(\d{1,4})(?:d|天)$/u.exec(fold(value))
  if (ago) return back(Number(ago[1]))
  const written = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/u.exec(value)
  if (!written) return null
  const [year, month, date] = [Number(written[1]), Number(written[2]) - 1, Number(written[3])]
  const found = new Date(year, month, date)
  return found.getMonth() === month && found.getDate() === date ? found : null
}

/** Read what was typed. What an operator does not understand is told, and asks nothing. */
export function readSearch(typed: string, names: Names, now: Date): Asked {
  const asked: Asked = { filter: {}, text: '', unknown: [], parts: [] }
  const words: string[] = []
  for (const match of typed.matchAll(TOKEN)) {
    const [whole, quotedKey, quoted, bareKey, bare, word] = match
    const key = keyOf(quotedKey ?? bareKey ?? '')
    const value = quoted ?? bare ?? ''
    if (key && value.trim() !== '') {
      if (take(asked.filter, key, value.trim(), names, now)) asked.parts.push(whole)
      else asked.unknown.push(whole)
    } else if (quoted !== undefined && !quotedKey) {
      if (quoted.trim() === '') continue
      asked.filter.phrase = [asked.filter.phrase, quoted.trim()].filter(Boolean).join(' ')
      asked.parts.push(whole)
    } else words.push(word ?? whole)
  }
  asked.text = words.join(' ').slice(0, 200)
  return asked
}

function take(filter: ViewFilter, key: Key, value: string, names: Names, now: Date): boolean {
  const many = (field: 'channels' | 'tiers' | 'queues' | 'tags', found: string[]): boolean => {
    if (found.length) filter[field] = [...new Set([...(filter[field] ?? []), ...found])]
    return found.length > 0
  }
  switch (key) {
    case 'channel':
      return many('channels', called(CHANNELS, value))
    case 'tier':
      return many('tiers', called(names.tiers, value))
    case 'queue':
      return many('queues', called(names.queues, value))
    case 'tag':
      return many('tags', called(names.tags, value))
    case 'state': {
      const found = STATES.find((one) => one.names.includes(fold(value)))
      if (found) filter.states = [...new Set([...(filter.states ?? []), ...found.states])]
      return found !== undefined
    }
    case 'agent': {
      const agent = ME.includes(fold(value)) ? 'me' : NOBODY.includes(fold(value)) ? 'nobody' : called(names.agents, value)[0]
      if (agent) filter.agent = agent
      return agent !== undefined
    }
    case 'from':
      filter.customer = [filter.customer, value].filter(Boolean).join(' ')
      return true
    case 'before':
    case 'after': {
      const day = dayOf(value, now)
      if (day) filter[key === 'before' ? 'opened_before' : 'opened_after'] = day.toISOString()
      return day !== null
    }
    case 'has':
      filter.attachment ||= ATTACHMENT.includes(fold(value))
      return ATTACHMENT.includes(fold(value))
    case 'is':
      filter.unanswered ||= UNANSWERED.includes(fold(value))
      return UNANSWERED.includes(fold(value))
  }
}

/** A search without one of its operators. */
export const without = (typed: string, part: string): string => typed.replace(part, ' ').replace(/\s+/gu, ' ').trim()
