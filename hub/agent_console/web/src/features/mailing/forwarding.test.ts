import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import * as api from '@/shared/api/deliveries'
import type { FileView, Interaction } from '@/shared/api/types'
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

  it('answers who was forwarded one, not the customer', async () => {
    await beginAnswer('c1', entry({ subject: 'Fwd: Pump', meta: { from: 'maker@x.test' } }))
    expect(useDrafts().of('c1')).toMatchObject({ asideOf: 'e1', to: ['maker@x.test'], subject: 'Re: Fwd: Pump' })
  })
})
