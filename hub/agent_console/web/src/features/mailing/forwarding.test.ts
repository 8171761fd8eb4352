import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/deliveries'
import type { FileView, Interaction } from '@/shared/api/types'
import { useConversations } from '@/stores/conversations'
import { useDrafts } from '@/stores/drafts'
import { asAttached, beginAnswer, beginForward, forwardSubject } from './forwarding'

const file = (id: string, content_id: string | null): FileView => ({ id, name: `${id}.png`, media_type: 'image/png', size_bytes: 1, url: '', inline: true, content_id, preview_urls: [] })
const entry = (part: Partial<Interaction>): Interaction => ({ id: 'e1', subject: 'Pump', html: null, files: [], meta: {}, ...part }) as unknown as Interaction

describe('forwarding a mail', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('says so once in the subject, in whatever language it was said before', () => {
    expect(forwardSubject('Pump')).toBe('Fwd: Pump')
    expect(forwardSubject('转发：水泵')).toBe('转发：水泵')
    expect(forwardSubject(null)).toBe('Fwd:')
  })

  it('shows as files what the mail does not show in its words', () => {
    const shown = asAttached([file('a', 'a@x'), file('b', '<b@x>')], '<img data-cid="a@x">')
    expect(shown.map((one) => one.content_id)).toEqual(['a@x', null])
  })

  it('takes the files along, keeps the words that were begun, and goes to nobody yet', async () => {
    vi.spyOn(api, 'copyFiles').mockResolvedValue({ items: [file('copy', null)] } as never)
    const drafts = useDrafts()
    drafts.save('c1', { reply: 'Please look.', to: ['wang@x.test'], cc: ['li@x.test'] })
    await beginForward('c1', entry({ files: [file('a', null)] }))
    expect(drafts.of('c1')).toMatchObject({ asideOf: 'e1', to: [], cc: [], reply: 'Please look.', subject: 'Fwd: Pump', files: [{ id: 'copy' }] })
  })

  it('keeps what its writer put in, and nothing of a mail that was to be forwarded before', async () => {
    const drafts = useDrafts()
    const first = entry({ id: 'e1', files: [file('sheet', null)] })
    useConversations().get('conversation').timeline.entries.push(first)
    drafts.save('c1', { replyHtml: '<p><img data-cid="own@hub"></p>', files: [file('mine', null), file('own', 'own@hub')] })
    vi.spyOn(api, 'copyFiles').mockResolvedValueOnce({ items: [{ ...file('copy', null), name: 'sheet.png' }, file('shown', 'shown@x')] } as never)
    await beginForward('c1', { ...first, html: '<img data-cid="shown@x">' })
    expect(drafts.of('c1').files.map((one) => one.id)).toEqual(['mine', 'own', 'copy', 'shown'])
    vi.spyOn(api, 'copyFiles').mockResolvedValueOnce({ items: [file('other', null)] } as never)
    await beginForward('c1', entry({ id: 'e2', files: [file('other', null)] }))
    expect(drafts.of('c1').files.map((one) => one.id)).toEqual(['mine', 'own', 'other'])
  })

  it('answers who was forwarded one, not the customer', async () => {
    await beginAnswer('c1', entry({ subject: 'Fwd: Pump', meta: { from: 'maker@x.test' } }))
    expect(useDrafts().of('c1')).toMatchObject({ asideOf: 'e1', to: ['maker@x.test'], subject: 'Re: Fwd: Pump' })
  })
})
