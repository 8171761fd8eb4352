import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { carriesEmoji, emojiBefore } from '@/features/emoji/typing'
import { findMacros, findResponses, textFor } from '@/features/words/find'
import { messageOf } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import { searchArticles } from '@/shared/api/knowledge'
import type { Mentioned } from '@/shared/api/types'
import type { CannedResponse, Macro } from '@/shared/api/words'
import { useToasts } from '@/stores/toasts'
import { useWords } from '@/stores/words'
import type { OpenContact } from '../open_contact'

export interface Snippet {
  id: string
  title: string
  text: string
  articleId?: string
  /** A line that is shown beside the title: the category. */
  hint?: string
  /** It is more than its words: filled in, asked for, with files; or a macro. */
  response?: CannedResponse
  macro?: Macro
  mention?: Mentioned
  emoji?: true
}

export interface Snippets {
  /** "" while nothing is asked for. */
  kind: ComputedRef<'' | 'canned' | 'knowledge' | 'people' | 'emoji'>
  items: ComputedRef<Snippet[]>
  active: Ref<number>
  move: (by: number) => void
  close: () => void
  /** As `close`, and what is typed there on offers nothing more. */
  leave: () => void
  /** Tell what stands before the caret. */
  look: (before: string) => void
  /** How many characters before the caret a snippet takes the place of: the typed "/word". */
  typed: () => number
}

// "/" is also 、 and ／ on a Chinese keyboard; "#" is also ＃ (console.md 10), "@" also ＠. A name may follow any letter.
const TRIGGER = /(^|\s)([/、／#＃])([^\s/、／#＃]{0,40})$/u
const PEOPLE = /(^|[^\w.])([@＠])([^\s@＠]{0,40})$/u
const MOST = 8
const MOST_MACROS = 5
const WAIT_MS = 200

/** Responses and macros behind "/", knowledge behind "#", emoji behind ":", in notes colleagues behind "@", found while one types. */
export function useSnippets(open: OpenContact, isNote: () => boolean = () => false): Snippets {
  const words = useWords()
  const toasts = useToasts()
  const { locale } = useI18n()
  const trigger = ref('')
  const word = ref('')
  const active = ref(0)
  const articles = ref<Snippet[]>([])
  const people = ref<Snippet[]>([])
  const emojiFinder = shallowRef<typeof import('@/features/emoji/find') | null>(null)
  let timer: number | undefined
  let at = -1 // where the sign stands
  let leftAt = -1

  const emoji = computed<Snippet[]>(() => {
    const finder = /[:：]/u.test(trigger.value) ? emojiFinder.value : null
    return finder?.findEmoji(word.value, MOST).map((one) => ({ id: one.char, title: finder.nameOf(one, locale.value), text: one.char, emoji: true })) ?? []
  })
  const kind = computed(() => {
    if (trigger.value === '') return ''
    if (/[:：]/u.test(trigger.value)) return emoji.value.length ? 'emoji' : '' // no name of one: it was a colon
    return /[#＃]/u.test(trigger.value) ? 'knowledge' : /[@＠]/u.test(trigger.value) ? 'people' : 'canned'
  })

  const canned = computed<Snippet[]>(() => {
    const row = open.row.value
    const language = row?.language ?? row?.customer.language ?? ''
    const found = findResponses(words.responses, word.value, row?.queue_id ?? '', language).slice(0, MOST)
    const responses = found.map((one) => {
      const [, { title, text }] = textFor(one.texts, language, locale.value)
      return { id: one.id, title, text, hint: one.category, response: one }
    })
    const mine = open.mine.value ? findMacros(words.macros, word.value).slice(0, MOST_MACROS) : []
    return [...responses, ...mine.map((one) => ({ id: one.id, title: locale.value === 'zh-CN' ? one.zh : one.en, text: '', macro: one }))]
  })
  const lists = { '': ref<Snippet[]>([]), canned, knowledge: articles, people, emoji }
  const items = computed(() => lists[kind.value].value)

  watch([kind, word], () => {
    active.value = 0
    window.clearTimeout(timer)
    if (kind.value === 'people') void findPeople(word.value)
    if (kind.value === 'knowledge') timer = window.setTimeout(() => void findArticles(word.value), WAIT_MS)
  })

  // Once for each "/", not for each key behind it: where the hub is away, that is said once.
  watch(kind, (asked) => {
    if (asked === 'canned') words.load().catch((error: unknown) => toasts.error(messageOf(error)))
  })

  async function findPeople(text: string): Promise<void> {
    try {
      const { peopleFor } = await import('@/features/beside/people')
      const found = await peopleFor(open.id.value, text, MOST)
      if (text === word.value) people.value = found
    } catch {
      people.value = [] // the hub is away, or its part of the console cannot be had: the name can be written out
    }
  }

  async function findArticles(text: string): Promise<void> {
    try {
      const language = open.row.value?.language ?? undefined
      const page = await searchArticles(text ? { q: text, lang: language, limit: MOST } : { contactId: open.id.value, limit: MOST })
      const { wordsOf } = await import('@/shared/lib/markdown_text')
      const told = page.items.filter((one) => one.audience !== 'internal') // never put into an answer
      if (text === word.value) articles.value = told.map((one) => ({ id: one.id, title: one.question, text: wordsOf(one), articleId: one.id }))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      articles.value = []
    }
  }

  function look(before: string): void {
    const [sign = '', typedSoFar = ''] = signBefore(before)
    at = sign ? before.length - sign.length - typedSoFar.length : -1
    if (at !== leftAt) leftAt = -1
    trigger.value = leftAt === -1 ? sign : ''
    word.value = typedSoFar
    if (/[:：]/u.test(trigger.value)) void loadEmoji()
  }

  function signBefore(before: string): string[] {
    const match = TRIGGER.exec(before) ?? (isNote() ? PEOPLE.exec(before) : null)
    if (match) return match.slice(2)
    const found = carriesEmoji(open.can.value, isNote()) ? emojiBefore(before) : null
    return found ? [found.sign, found.name] : []
  }

  async function loadEmoji(): Promise<void> {
    try {
      emojiFinder.value ??= await import('@/features/emoji/find')
    } catch {
      // It cannot be had now: what was typed stays, and the next letter asks again.
    }
  }

  function close(): void {
    trigger.value = ''
  }

  function leave(): void {
    leftAt = at
    close()
  }

  function move(by: number): void {
    const count = items.value.length
    if (count) active.value = (active.value + by + count) % count
  }

  const typed = (): number => trigger.value.length + word.value.length

  return { kind, items, active, move, close, leave, look, typed }
}
