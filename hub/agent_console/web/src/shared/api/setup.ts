import { http, query } from './http'
import type { Page } from './types'
import type { KeepingPreview, KeepPart, QueueKeep } from './keeping_types'
import type { Checked, Saved, SetupAgent, SetupDocument, StoredSetup, Used, VersionItem } from './setup_types'

const DOCUMENT = '/setup/document'

export const getDocument = (): Promise<StoredSetup> => http.get<StoredSetup>(DOCUMENT)
export const checkDocument = (base: number, setup: SetupDocument): Promise<Checked> => http.post<Checked>(`${DOCUMENT}/check`, { base, setup })
/** `base`: the version that was changed; a newer one is never written over (409). */
export const saveDocument = (base: number, setup: SetupDocument, note: string): Promise<Saved> =>
  http.put<Saved>(DOCUMENT, { base, setup, note })
/** What would go now by these days, whether or not they are in force. */
export const previewKeeping = (keep: KeepPart, queues: Record<string, QueueKeep>): Promise<KeepingPreview> => http.post<KeepingPreview>('/setup/keeping/preview', { keep, queues })
/** How often what agents choose from was chosen. */
export const getUsed = (): Promise<Used> => http.get<Used>('/setup/used')

export const listVersions = (after: string | null): Promise<Page<VersionItem>> => http.get<Page<VersionItem>>(`/setup/versions${query({ after })}`)
export const restoreVersion = (id: number, base: number, note: string): Promise<Saved> =>
  http.post<Saved>(`/setup/versions/${id}/restore`, { base, note })

/** Every active user who takes contacts: pages of a thousand, one after the other. */
export async function listSetupAgents(): Promise<SetupAgent[]> {
  const found: SetupAgent[] = []
  let after: string | null = null
  do {
    const page: Page<SetupAgent> = await http.get<Page<SetupAgent>>(`/setup/agents${query({ after })}`)
    found.push(...page.items)
    after = page.after
  } while (after !== null)
  return found
}
