import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { computed, createApp, ref, type App } from 'vue'

import * as desk from '@/shared/api/desk'
import * as api from '@/shared/api/drafts'
import type { DraftView } from '@/shared/api/drafts'
import { ApiError } from '@/shared/api/http'
import type { ContactRow, Me, ReplyBody } from '@/shared/api/types'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { useOutbox } from '@/stores/outbox'
import { useSession } from '@/stores/session'
import type { OpenContact } from '../open_contact'
import '@/features/words/restore'
import { blankReply } from './draft_merge'
import { useDraftSync, type DraftSync } from './draft_sync'

vi.mock('@/shared/api/drafts', () => ({ getDraft: vi.fn(), saveDraft: vi.fn(), dropDraft: vi.fn() }))
vi.mock('@/shared/api/desk', () => ({ reply: vi.fn(), replyUndoable: vi.fn(), takeBack: vi.fn(), note: vi.fn() }))

const ID = 'c1'
const LI = 'li'
const OFFLINE = new ApiError(0, 'offline', '')
const wordsIn = (text: string | undefined): string[] => (text ?? '').split(' ').filter(Boolean)

/** The hub's rules (hub/contacts/drafts.py), over a line that is slow, loses answers and brings news late. */
class FakeHub {
  version = 0
  draft: DraftView | null = null
  sent: string[] = []
  pages: Page[] = []
  down = false
  #replies = new Set<string>()

  constructor(private readonly random: () => number = () => 0.5) {}

  change(version: number, draft: DraftView | null): { version: number } {
    if (version !== this.version) throw new ApiError(409, 'draft.changed', '')
    return this.becomes(draft)
  }

  becomes(draft: DraftView | null): { version: number } {
    this.version += 1
    this.draft = draft
    const state = { draft_version: this.version, draft_author_id: draft?.author_id ?? null }
    for (const page of this.pages) window.setTimeout(() => page.hears(state), this.random() * 3_000)
    return { version: this.version }
  }

  reply(body: ReplyBody): void {
    if (this.#replies.has(body.client_id)) return
    this.#replies.add(body.client_id)
    this.sent.push(...wordsIn(body.text))
    if ((body.draft_version ?? this.version) >= this.version) this.becomes(null)
  }

  async answer<T>(ask: () => T): Promise<T> {
    await new Promise((resolve) => window.setTimeout(resolve, this.random() * 400))
    if (this.down) throw OFFLINE
    const answer = ask()
    await new Promise((resolve) => window.setTimeout(resolve, this.random() * 400))
    if (this.down) throw OFFLINE
    return answer
  }
}

/** One page of Li's, with the contact open. */
class Page {
  readonly drafts: ReturnType<typeof useDrafts>
  readonly live: ReturnType<typeof useLive>
  readonly outbox: ReturnType<typeof useOutbox>
  readonly app: App
  sync!: DraftSync

  constructor(hub: FakeHub) {
    const pinia: Pinia = createPinia()
    setActivePinia(pinia)
    useSession().me = { id: LI } as Me
    this.drafts = useDrafts()
    this.live = useLive()
    this.outbox = useOutbox()
    this.live.picture.contacts[ID] = { id: ID, agent_id: LI, state: 'active', draft_version: hub.version, draft_author_id: hub.draft?.author_id ?? null } as ContactRow
    const row = computed(() => this.live.picture.contacts[ID] ?? null)
    const open = { id: ref(ID), row, answerable: computed(() => row.value?.agent_id === LI) } as unknown as OpenContact
    this.app = createApp({ setup: () => ((this.sync = useDraftSync(open)), () => null) })
    this.app.use(pinia).mount(document.createElement('div'))
    hub.pages.push(this)
  }

  get text(): string {
    return this.drafts.of(ID).reply
  }

  hears(state: Partial<ContactRow>): void {
    const row = this.live.picture.contacts[ID]!
    if (state.draft_version! > row.draft_version) Object.assign(row, state)
  }

  types(word: string): void {
    this.drafts.save(ID, { reply: `${this.text} ${word}`.trim() })
  }

  /** As the composer does it. */
  sends(): void {
    const { reply: text, seen } = this.drafts.of(ID)
    this.outbox.add({ contactId: ID, conversationId: 'v1', kind: 'reply', body: { text, draft_version: seen }, files: [], undoS: 5 })
    this.drafts.save(ID, blankReply())
  }
}

const view = (author_id: string, words: { text: string }): DraftView =>
  ({ author_id, author_name: author_id, saved_at: '', html: null, subject: null, to: null, cc: null, bcc: [], files: [], article_ids: [], begun_at_seq: null, aside_of: null, ...words }) as DraftView

function serve(hub: FakeHub): FakeHub {
  vi.mocked(api.getDraft).mockImplementation(() => hub.answer(() => ({ version: hub.version, draft: hub.draft })))
  vi.mocked(api.saveDraft).mockImplementation((_id, version, words) => hub.answer(() => hub.change(version, view(LI, words))))
  vi.mocked(api.dropDraft).mockImplementation((_id, version) => hub.answer(() => hub.change(version, null)))
  vi.mocked(desk.replyUndoable).mockImplementation((_id, body) => hub.answer(() => hub.reply(body)) as never)
  return hub
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(20_000)

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})

let open: FakeHub
afterEach(() => {
  for (const page of open.pages) page.app.unmount()
  vi.clearAllTimers()
})

describe('the reply and the hub', () => {
  it('a pause saves it, another page of the agent shows it', async () => {
    open = serve(new FakeHub())
    const [one, other] = [new Page(open), new Page(open)]
    one.types('Dear')
    await settled()
    expect([open.draft?.text, other.text]).toEqual(['Dear', 'Dear'])
  })

  it('what was typed while a save was under way is saved at once after it', async () => {
    open = serve(new FakeHub())
    const page = new Page(open)
    page.types('Dear')
    await vi.advanceTimersByTimeAsync(1_100)
    page.types('Ms')
    document.dispatchEvent(new Event('focusout'))
    await vi.advanceTimersByTimeAsync(800)
    expect(open.draft?.text).toBe('Dear Ms')
  })

  it('what was sent while it was being saved is no draft any more', async () => {
    open = serve(new FakeHub())
    const page = new Page(open)
    page.types('Dear Ms Chen')
    document.dispatchEvent(new Event('focusout')) // the click on Send takes the cursor first
    page.sends()
    await vi.advanceTimersByTimeAsync(600) // the draft is stored
    expect(open.draft?.text).toBe('Dear Ms Chen')
    await vi.advanceTimersByTimeAsync(1_500) // the hub has both, and is told that nothing is written any more
    expect([open.sent, open.draft]).toEqual([['Dear', 'Ms', 'Chen'], null])
  })

  it("a colleague's words never take the place of what is on the screen unasked", async () => {
    open = serve(new FakeHub())
    const page = new Page(open)
    page.types('Mine')
    await settled()
    open.becomes(view('wang', { text: 'Theirs' }))
    await settled()
    expect([page.text, page.sync.asked.value?.draft?.text]).toEqual(['Mine', 'Theirs'])
    page.sync.keep()
    await settled()
    expect([open.draft?.text, page.sync.asked.value]).toEqual(['Mine', null])
  })

  it('what is sent stays on the hub until its answer is stored', async () => {
    open = serve(new FakeHub())
    const page = new Page(open)
    page.types('Yes')
    await settled()
    open.down = true
    page.sends()
    await vi.advanceTimersByTimeAsync(3_000)
    expect([open.draft?.text, open.sent]).toEqual(['Yes', []])
    open.down = false
    await settled()
    expect([open.draft, open.sent, page.text]).toEqual([null, ['Yes'], ''])
  })

  it('what is taken back stays, though its draft had ended with it', async () => {
    open = serve(new FakeHub())
    vi.mocked(desk.takeBack).mockResolvedValue(undefined)
    const page = new Page(open)
    page.types('Oops')
    await settled()
    page.sends()
    await vi.advanceTimersByTimeAsync(500) // the hub has it, the news that its draft has ended is on its way
    expect([open.draft, open.sent]).toEqual([null, ['Oops']])
    await page.outbox.undo(page.outbox.items[0]!.clientId)
    await settled()
    expect([page.text, open.draft?.text]).toEqual(['Oops', 'Oops'])
  })

  it('nothing is given to the hub of a contact that went on to somebody else', async () => {
    open = serve(new FakeHub())
    const page = new Page(open)
    vi.mocked(api.saveDraft).mockClear()
    page.live.picture.contacts[ID]!.agent_id = 'wang'
    page.types('Late')
    await settled()
    expect([vi.mocked(api.saveDraft).mock.calls, page.text]).toEqual([[], 'Late'])
  })
})

/** Numbers between 0 and 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

describe('two pages and a colleague who write as they please, on a bad line', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed + 1))('lose no word but those they gave up (seed %i)', async (seed) => {
    const random = seeded(seed)
    open = serve(new FakeHub(random))
    const hub = open
    const pages = [new Page(hub), new Page(hub)]
    const typed: string[] = []
    const givenUp: string[] = []
    const word = (): string => {
      typed.push(`w${typed.length}`)
      return typed.at(-1)!
    }
    const acts: ((page: Page) => void)[] = [
      (page) => page.types(word()),
      (page) => page.types(word()),
      (page) => page.text && (givenUp.push(...wordsIn(page.sync.asked.value?.draft?.text)), page.sends()),
      () => hub.becomes(view('wang', { text: `${hub.draft?.text ?? ''} ${word()}`.trim() })),
      () => (hub.down = !hub.down),
      (page) => page.sync.asked.value && (givenUp.push(...wordsIn(page.text)), page.sync.use()),
      (page) => page.sync.asked.value && (givenUp.push(...wordsIn(page.sync.asked.value.draft?.text)), page.sync.keep()),
      () => document.dispatchEvent(new Event('focusout')),
    ]
    for (let step = 0; step < 40; step += 1) {
      acts[Math.floor(random() * acts.length)]!(pages[Math.floor(random() * 2)]!)
      await vi.advanceTimersByTimeAsync(random() * 2_500)
    }
    hub.down = false
    await vi.advanceTimersByTimeAsync(60_000)
    const kept = new Set([...hub.sent, ...givenUp, ...wordsIn(hub.draft?.text), ...pages.flatMap((page) => wordsIn(page.text))])
    expect(typed.filter((one) => !kept.has(one))).toEqual([])
    for (const page of pages) if (!page.sync.asked.value) expect(page.text).toBe(hub.draft?.text ?? '')
  })
})
