import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'

import { ApiError } from '@/shared/api/http'
import * as api from '@/shared/api/setup'
import type { Saved, SetupAgent, StoredSetup, Version } from '@/shared/api/setup_types'
import type { Me } from '@/shared/api/types'
import { useSession } from '@/stores/session'
import { aSetup } from './domain/a_setup'
import { useSetupDraft } from './setup_draft'

vi.mock('@/shared/api/setup', () => ({ getDocument: vi.fn(), listSetupAgents: vi.fn(), checkDocument: vi.fn(), saveDocument: vi.fn() }))

const version = (id: number): Version => ({ id, made_at: '2026-01-05T08:00:00Z', made_by: null, source: 'page', note: '', restored_from: null })
const stored = (id: number, organisation = `version ${id}`): StoredSetup => ({ version: version(id), setup: aSetup({ organisation }) })
const NO_LINES = { added: [], changed: [], retired: [], warnings: [], details: [], more: 0 }
const saved = (id: number): Saved => ({ version: version(id), changes: NO_LINES })
const getDocument = vi.mocked(api.getDocument)
const saveDocument = vi.mocked(api.saveDocument)
const checkDocument = vi.mocked(api.checkDocument)

/** An answer that comes when it is told to. */
function later<T>(): { promise: Promise<T>; come: (value: T) => void; fail: (error: unknown) => void } {
  let come!: (value: T) => void
  let fail!: (error: unknown) => void
  const promise = new Promise<T>((resolve, reject) => {
    come = resolve
    fail = reject
  })
  return { promise, come, fail }
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1)

/** A draft of version 1 that was read and is not changed yet. */
async function aDraft(): Promise<ReturnType<typeof useSetupDraft>> {
  const draft = useSetupDraft()
  await draft.load()
  return draft
}

/** … and changed, while somebody else saved version 2. */
async function anOvertakenDraft(): Promise<ReturnType<typeof useSetupDraft>> {
  const draft = await aDraft()
  draft.setup!.organisation = 'mine'
  getDocument.mockImplementation(() => Promise.resolve(stored(2)))
  await draft.look()
  expect(draft.overtaken?.version.id).toBe(2)
  return draft
}

beforeEach(() => {
  setActivePinia(createPinia())
  useSession().me = { id: 'chen' } as Me
  vi.useFakeTimers()
  getDocument.mockReset().mockImplementation(() => Promise.resolve(stored(1)))
  vi.mocked(api.listSetupAgents).mockReset().mockResolvedValue([])
  saveDocument.mockReset().mockImplementation(() => Promise.resolve(saved(2)))
  checkDocument.mockReset().mockImplementation(() => Promise.resolve({ problems: [], changes: NO_LINES, version: version(1) }))
})

describe('reading the set-up', () => {
  it('shows it again when the same version is read after a reading that failed', async () => {
    const draft = await aDraft()
    getDocument.mockRejectedValueOnce(new ApiError(0, 'offline', ''))
    await draft.load()
    expect([draft.setup, draft.trouble?.none]).toEqual([null, false])
    await draft.load()
    expect([draft.setup?.organisation, draft.trouble]).toEqual(['version 1', null])
  })

  it('does not go back to an older version whose answer comes late', async () => {
    const draft = await aDraft()
    const old = later<StoredSetup>()
    getDocument.mockImplementationOnce(() => old.promise).mockImplementationOnce(() => Promise.resolve(stored(3)))
    const [first, second] = [draft.look(), draft.look()]
    await second
    old.come(stored(2))
    await first
    expect([draft.version?.id, draft.setup?.organisation]).toEqual([3, 'version 3'])
  })

  it('takes the agents of the newer answer, too', async () => {
    const draft = await aDraft()
    const old = later<SetupAgent[]>()
    const li = { id: 'li', email: 'li@x.test', name: 'Li', teams: [], profile: '', skills: {}, in_setup: false }
    getDocument.mockImplementationOnce(() => Promise.resolve(stored(2))).mockImplementationOnce(() => Promise.resolve(stored(3)))
    vi.mocked(api.listSetupAgents).mockImplementationOnce(() => old.promise).mockResolvedValueOnce([li])
    const [first, second] = [draft.look(), draft.look()]
    await second
    old.come([])
    await first
    expect(draft.agents).toEqual([li])
  })

  it('is not overtaken by an older version that the check names', async () => {
    getDocument.mockImplementation(() => Promise.resolve(stored(2)))
    const draft = await aDraft()
    draft.setup!.organisation = 'mine'
    await draft.check()
    expect(draft.overtaken).toBeNull()
    checkDocument.mockImplementation(() => Promise.resolve({ problems: [], changes: NO_LINES, version: version(3) }))
    await draft.check()
    expect(draft.overtaken?.version.id).toBe(3)
  })
})

describe('saving', () => {
  it('asked for twice at once is done once, and both hear how it went', async () => {
    const draft = await aDraft()
    draft.setup!.organisation = 'mine'
    const answer = later<Saved>()
    saveDocument.mockImplementation(() => answer.promise)
    const both = [draft.save('why'), draft.save('why')]
    answer.come(saved(2))
    expect(await Promise.all(both)).toEqual(['', ''])
    expect(saveDocument).toHaveBeenCalledTimes(1)
    expect([draft.dirty, draft.saving, draft.overtaken]).toEqual([false, false, null])
  })

  it('is not overtaken by what it saved itself, when that was read before the answer came', async () => {
    const draft = await aDraft()
    draft.setup!.organisation = 'mine'
    const [read, answer] = [later<StoredSetup>(), later<Saved>()]
    getDocument.mockImplementationOnce(() => read.promise)
    saveDocument.mockImplementation(() => answer.promise)
    const looking = draft.look()
    const saving = draft.save('')
    read.come(stored(2, 'mine'))
    await looking
    answer.come(saved(2))
    expect([await saving, draft.overtaken, draft.version?.id]).toEqual(['', null, 2])
  })

  it('refused because of a newer version can go on once the page has followed it', async () => {
    const draft = await aDraft()
    draft.setup!.organisation = 'mine'
    getDocument.mockImplementation(() => Promise.resolve(stored(2)))
    saveDocument.mockRejectedValueOnce(new ApiError(409, 'setup.changed', 'Somebody else saved.'))
    expect(await draft.save('')).not.toBe('')
    expect(draft.overtaken?.version.id).toBe(2)
    expect(await draft.takeTheirs()).toBe('')
    expect([draft.overtaken, draft.version?.id, draft.lost.length]).toEqual([null, 2, 1])
    draft.setup!.organisation = 'again'
    saveDocument.mockImplementation(() => Promise.resolve(saved(3)))
    expect([await draft.save(''), draft.version?.id]).toEqual(['', 3])
  })
})

describe('an overtaken draft', () => {
  it('follows the newer version when it is discarded', async () => {
    const draft = await anOvertakenDraft()
    draft.discard()
    await settled()
    expect([draft.version?.id, draft.setup?.organisation, draft.overtaken]).toEqual([2, 'version 2', null])
  })

  it('follows the newer version when it is changed back by hand', async () => {
    const draft = await anOvertakenDraft()
    draft.setup!.organisation = 'version 1'
    await settled()
    expect([draft.version?.id, draft.setup?.organisation, draft.overtaken]).toEqual([2, 'version 2', null])
  })

  it('is read once, not twice, when theirs is taken', async () => {
    const draft = await anOvertakenDraft()
    getDocument.mockClear()
    await draft.takeTheirs()
    await settled()
    expect(getDocument).toHaveBeenCalledTimes(1)
  })
})

describe('the fields', () => {
  it('are made anew when the draft is given up, not when it is saved or another version comes: something may be being typed', async () => {
    const draft = await aDraft()
    const first = draft.copyNo
    draft.setup!.organisation = 'mine'
    await draft.save('')
    await nextTick()
    expect(draft.copyNo).toBe(first)
    draft.discard()
    expect(draft.copyNo).toBeGreaterThan(first)
    const second = draft.copyNo
    getDocument.mockImplementation(() => Promise.resolve(stored(3)))
    await draft.look()
    expect([draft.version!.id, draft.copyNo]).toEqual([3, second])
  })

  it('that cannot be read are a draft, too: another version waits until they can, or are given up', async () => {
    const draft = await aDraft()
    const before = draft.version!.id
    draft.setUnread('tiers/gold/phone', true)
    getDocument.mockImplementation(() => Promise.resolve(stored(before + 1)))
    await draft.look()
    expect([draft.version!.id, draft.overtaken?.version.id]).toEqual([before, before + 1])
    draft.setUnread('tiers/gold/phone', false)
    await settled()
    expect([draft.version!.id, draft.overtaken]).toEqual([before + 1, null])
    draft.setUnread('tiers/gold/phone', true)
    draft.discard()
    expect(draft.unread.size).toBe(0)
  })
})
